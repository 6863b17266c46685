"""The doctor: checks what usually goes wrong in a first hour, and says what to do about it."""
