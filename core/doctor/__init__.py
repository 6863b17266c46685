"""The doctor: looks at what a first hour stumbles over, and says of each thing what to do."""
