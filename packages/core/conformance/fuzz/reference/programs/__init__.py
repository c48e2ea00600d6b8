"""Runs conformance programs on CPython's own asyncio; the conformance README says what each of them means."""
