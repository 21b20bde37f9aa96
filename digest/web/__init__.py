"""The public pages: sign up, confirm, preferences, leave, archive, view in browser, images, webhooks."""
