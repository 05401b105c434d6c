"""The one-machine stack: embedded services, child processes, and everything behind `make up`."""
