"""What is said: replies from the content, and what carries on with them."""
