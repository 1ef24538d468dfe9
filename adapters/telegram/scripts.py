"""What is done in Redis in one piece each, in Lua. ``shared`` tells what for.

The first two arguments are the prefix of all keys and the name of the process
that calls. The keys: ``c:<chat>`` the owner of a chat; ``u:<update>`` an
unanswered update (owner, chat, body, mark); ``o:<process>`` the updates that a
process has open; ``a:<update>`` is answered; ``alive:<process>`` its lease;
``gone:<process>`` it was taken over; ``processes``; ``sent`` the numbers of
our messages. Repeating any of them changes nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BEGIN = """
local call, p, me = redis.call, ARGV[1], ARGV[2]
local function dead(name)
    return name ~= me and call('EXISTS', p .. 'alive:' .. name) == 0
end
"""

_CLAIM = """
-- chat, seconds. Returns its owner, who is me if nobody is; '!' if a dead one has left updates.
local owner = call('GET', p .. 'c:' .. ARGV[3])
if owner and owner ~= me then
    if not dead(owner) then return owner end
    if call('EXISTS', p .. 'o:' .. owner) == 1 then return '!' end
end
call('SET', p .. 'c:' .. ARGV[3], me, 'EX', ARGV[4])
return me
"""

_STORE = """
-- seconds of a chat, seconds of an update, then update, chat, body, … Returns for each whether it is mine.
local mine = {}
for i = 5, #ARGV, 3 do
    local key, owner = p .. 'u:' .. ARGV[i], nil
    if call('EXISTS', p .. 'a:' .. ARGV[i]) == 1 then
        owner = 'nobody'
    else
        owner = call('HGET', key, 'owner')
    end
    if not owner then
        call('HSET', key, 'owner', me, 'chat', ARGV[i + 1], 'body', ARGV[i + 2])
        call('EXPIRE', key, ARGV[4])
        call('ZADD', p .. 'o:' .. me, ARGV[i], ARGV[i])
        call('SET', p .. 'c:' .. ARGV[i + 1], me, 'EX', ARGV[3], 'NX')
        owner = me
    end
    mine[#mine + 1] = owner == me and 1 or 0
end
call('EXPIRE', p .. 'o:' .. me, ARGV[4])
call('SADD', p .. 'processes', me)
return mine
"""

_BEAT = """
-- milliseconds of the lease, seconds of all. Returns who is dead and has left updates, or 'gone'.
if call('EXISTS', p .. 'gone:' .. me) == 1 then return 'gone' end
call('SET', p .. 'alive:' .. me, 1, 'PX', ARGV[3])
call('SADD', p .. 'processes', me)
call('EXPIRE', p .. 'processes', ARGV[4])
local found = {}
for _, name in ipairs(call('SMEMBERS', p .. 'processes')) do
    if dead(name) then
        if call('EXISTS', p .. 'o:' .. name) == 1 then
            found[#found + 1] = name
        else
            call('SREM', p .. 'processes', name)
        end
    end
end
return found
"""

_SUCCEED = """
-- process, seconds of a chat, seconds of all. Returns how many updates of the dead process are mine now.
local from, count = p .. 'o:' .. ARGV[3], 0
if not dead(ARGV[3]) then return 0 end
call('SET', p .. 'gone:' .. ARGV[3], 1, 'EX', ARGV[5])
for _, update in ipairs(call('ZRANGE', from, 0, -1)) do
    local key = p .. 'u:' .. update
    local chat = call('HGET', key, 'chat')
    if chat then
        call('HSET', key, 'owner', me)
        call('ZADD', p .. 'o:' .. me, update, update)
        call('SET', p .. 'c:' .. chat, me, 'EX', ARGV[4])
        count = count + 1
    end
end
call('EXPIRE', p .. 'o:' .. me, ARGV[5])
call('DEL', from)
call('SREM', p .. 'processes', ARGV[3])
return count
"""

_OWNED = """
-- Returns update, chat, body, mark, … of all that is mine.
local found = {}
for _, update in ipairs(call('ZRANGE', p .. 'o:' .. me, 0, -1)) do
    local held = call('HMGET', p .. 'u:' .. update, 'chat', 'body', 'mark')
    if held[1] then
        for _, part in ipairs({update, held[1], held[2], held[3] or ''}) do found[#found + 1] = part end
    else
        call('ZREM', p .. 'o:' .. me, update)
    end
end
return found
"""

_MARK = """
-- update, mark, seconds of a chat. Returns whether it is still mine to answer.
local key = p .. 'u:' .. ARGV[3]
local held = call('HMGET', key, 'owner', 'chat')
if held[1] == me then
    call('HSET', key, 'mark', ARGV[4])
    call('EXPIRE', p .. 'c:' .. held[2], ARGV[5])
    return 1
end
if held[1] or call('EXISTS', p .. 'a:' .. ARGV[3]) == 1 then return 0 end
return 1
"""

_FINISH = """
-- seconds, then update, number of our message, … What another has taken over stays his.
for i = 4, #ARGV, 2 do
    local key = p .. 'u:' .. ARGV[i]
    local owner = call('HGET', key, 'owner')
    if not owner or owner == me then
        call('DEL', key)
        call('ZREM', p .. 'o:' .. me, ARGV[i])
        call('SET', p .. 'a:' .. ARGV[i], 1, 'EX', ARGV[3])
        if tonumber(ARGV[i + 1]) > 0 then
            call('ZADD', p .. 'sent', ARGV[i + 1], ARGV[i + 1])
            call('EXPIRE', p .. 'sent', ARGV[3])
        end
    end
end
return 1
"""

_SENT = "return call('ZRANGEBYSCORE', p .. 'sent', '(' .. ARGV[3], '(' .. ARGV[4])"
_TRIM = "return call('ZREMRANGEBYRANK', p .. 'sent', 0, -1 - ARGV[3])"
_LEAVE = "return call('DEL', p .. 'alive:' .. me)"

ALL: Mapping[str, str] = MappingProxyType(
    {
        name: _BEGIN + source
        for name, source in {
            "claim": _CLAIM,
            "store": _STORE,
            "beat": _BEAT,
            "succeed": _SUCCEED,
            "owned": _OWNED,
            "mark": _MARK,
            "finish": _FINISH,
            "sent": _SENT,
            "trim": _TRIM,
            "leave": _LEAVE,
        }.items()
    }
)
