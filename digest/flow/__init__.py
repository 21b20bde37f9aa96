"""The story of an edition: refresh, plan, build, send, apply_event. The only place that knows the order.

Import the module you need (``digest.flow.refresh`` …): each brings its own stage and no other.
"""
