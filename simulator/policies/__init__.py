"""Decision rules: a policy is asked and answers, it never acts."""
