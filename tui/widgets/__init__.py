"""The widgets: one module a widget; none touches the store."""
