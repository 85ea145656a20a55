"""Circuit breakers: who fails again and again is left alone for a while."""

import time


class Breaker:
    """Of one model. Closed until `failures` attempts in a row have failed; then open for a while; then one trial decides."""

    def __init__(self, failures, open_seconds, clock=time.monotonic):
        self.failures, self.open_seconds, self.clock = failures, open_seconds, clock
        self.failed = 0
        self.opened = None  # when, or None while closed
        self.trying = False  # mutants: only read once it was opened, which sets it

    def allows(self):
        """Whether an attempt may be made now. Whoever is told so says how it ended."""
        if self.opened is None:
            return True
        if self.trying or self.clock() < self.opened + self.open_seconds:  # mutants: no clock stops just then
            return False  # mutants: None is false, too
        self.trying = True
        return True

    def succeeded(self):
        self.failed, self.opened, self.trying = 0, None, False

    def failed_once(self):
        self.failed += 1
        if self.failed >= self.failures:  # as they have when this was the trial
            self.opened = self.clock()
        self.trying = False

    def abandoned(self):
        """The attempt ended without a result: its client has gone."""
        self.trying = False
