"""Who may do what: the policy file, credentials, devices."""
