"""Files of the file system: reading them safely, and writing them whole or not at all."""
