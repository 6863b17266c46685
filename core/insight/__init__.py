"""What answers show: reports, agreement, differences between files."""
