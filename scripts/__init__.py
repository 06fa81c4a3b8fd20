"""What `make` calls: running, training, checking, evaluating."""
