"""Generated stubs of the contracts dauys.v1; see protos/."""
