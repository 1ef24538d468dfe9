"""What the Telegram channel decides, offline."""
