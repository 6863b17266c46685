"""Drawing text: styled text, lanes, marks, folding, widths of characters."""
