// A person on matrix-js-sdk with its Rust crypto, driven by JSON lines on stdin; tells events as JSON lines.
// Arguments: homeserver, user, password, "isolate" to exclude insecure devices or "".
import readline from "node:readline";
import * as sdk from "matrix-js-sdk";
import {
  EventShieldColour,
  EventShieldReason,
  OnlySignedDevicesIsolationMode,
} from "matrix-js-sdk/lib/crypto-api/index.js";

const [homeserver, user, password, isolate] = process.argv.slice(2);
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {}, getChild: () => quiet };
for (const level of ["trace", "debug", "info", "warn", "error", "log"]) console[level] = () => {};

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const name = (values, value) => Object.entries(values).find(([, one]) => one === value)?.[0] ?? null;
const identifier = { type: "m.id.user", user };

const login = await sdk
  .createClient({ baseUrl: homeserver, logger: quiet })
  .loginRequest({ type: "m.login.password", identifier, password });
const client = sdk.createClient({
  baseUrl: homeserver,
  userId: login.user_id,
  deviceId: login.device_id,
  accessToken: login.access_token,
  logger: quiet,
});
await client.initRustCrypto({ useIndexedDB: false });
const crypto = client.getCrypto();
await crypto.bootstrapCrossSigning({
  authUploadDeviceSigningKeys: (make) => make({ type: "m.login.password", identifier, password }),
  setupNewCrossSigning: true,
});
if (isolate) crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());

async function heard(event) {
  const info = event.isEncrypted() ? await crypto.getEncryptionInfoForEvent(event).catch(() => null) : null;
  tell({
    heard: event.getId(),
    room: event.getRoomId(),
    sender: event.getSender(),
    type: event.getType(),
    content: event.getContent(),
    unreadable: event.isDecryptionFailure() ? event.decryptionFailureReason : null,
    shield: info && name(EventShieldColour, info.shieldColour),
    reason: info && name(EventShieldReason, info.shieldReason),
  });
}

client.on("Room.timeline", (event, room, toStart) => {
  if (toStart || event.isState() || event.getSender() === login.user_id) return;
  if (!event.isEncrypted()) return heard(event);
  event.on("Event.decrypted", () => heard(event));
  if (!event.isBeingDecrypted() && event.getClearContent()) heard(event);
});
await client.startClient({ initialSyncLimit: 5 });
await new Promise((resolve) => client.on("sync", (state) => state === "PREPARED" && resolve()));
tell({ ready: login.user_id });

const commands = {
  async room({ invite }) {
    const content = { algorithm: "m.megolm.v1.aes-sha2" };
    const state = [{ type: "m.room.encryption", state_key: "", content }];
    const room = await client.createRoom({ preset: "private_chat", invite, initial_state: state });
    return { room: room.room_id };
  },
  async joined({ room, member }) {
    while (client.getRoom(room)?.getMember(member)?.membership !== "join") {
      await new Promise((resolve) => client.once("RoomMember.membership", resolve));
    }
    return { joined: member };
  },
  async send({ room, content }) {
    const sent = await client.sendEvent(room, "m.room.message", content);
    return { sent: sent.event_id };
  },
  async rotate({ room }) {
    await crypto.forceDiscardSession(room);
    return { rotated: room };
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    tell(await commands[command.do](command));
  } catch (error) {
    tell({ failed: String(error).slice(0, 300) });
  }
}
client.stopClient();
process.exit(0);
