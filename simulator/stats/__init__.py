"""Statistics as pure functions: arrays in, numbers out; nothing of the simulator is imported.

``intervals`` how sure an estimate is · ``compare`` two systems run in pairs · ``steady_state`` one
long run: warm-up and batch means · ``percentiles`` how sure one is, and what a dashboard makes of
it · ``sketch`` quantiles in bounded memory · ``verdict`` whether a run kept up with its load ·
``episodes`` stretches in which something holds · ``trials`` whether one version is better than
another, by what becomes of users · ``theory`` closed forms that a simulation must agree with.

Import from the modules themselves: this page loads none of them, so that a worker which needs
only ``sketch`` does not pay for the root finder behind ``theory``.
"""
