"""Telegram against a strict Bot API server over real HTTP."""
