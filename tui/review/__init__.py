"""The review screen: its controllers, each with the commands that belong together, and marking in the text."""
