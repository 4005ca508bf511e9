"""The rig by which the provisioning engine is proven: companies, a fake target, an oracle.

It shares nothing with the packages that it proves; it meets the engine at its command.
"""
