"""One sitting: the session, and the answer in the making."""
