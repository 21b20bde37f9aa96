"""What tests, the demo and plugin authors share: contracts for plugins, and real servers in process."""
