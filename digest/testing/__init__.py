"""What tests, the demo and plugin authors share: contracts every plugin must pass, and real servers in process."""
