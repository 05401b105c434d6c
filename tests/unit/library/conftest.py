from hypothesis import HealthCheck, settings

# How long an example takes says nothing on a shared machine.
settings.register_profile("no_clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no_clock")
