"""How quick Columba is: one workload through the real product, beside the bare parts that it stands on."""
