"""For every kind of component the smallest systems that show what it does.

The component in question is called ``subject``; what it needs beside it has other names. Requests
come at 40 a second and ask for one of 50 keys; about every eighth is a write.
"""

from __future__ import annotations

from typing import Any

EXPONENTIAL = {"kind": "exponential", "mean": 0.02}
BEHIND = {"kind": "server", "workers": 2, "service_time": EXPONENTIAL, "queue_limit": 20}
CODEC = {
    "kind": "codec",
    "next": "behind",
    "encoding": {"kind": "json", "decode_per_byte": 2e-7, "encode_per_byte": 1e-7},
    "request_values": {"kind": "lognormal", "mean": 2000.0, "cv": 1.0},
    "response_values": 5000.0,
}
JITTER = {"kind": "lognormal", "mean": 0.004, "cv": 1.0}
NARROW = {
    "kind": "link",
    "next": "behind",
    "latency": JITTER,
    "bandwidth": 8e6,
    "request_size": 2000.0,
    "response_size": {"kind": "lognormal", "mean": 12000.0, "cv": 2.0},
    "loss": 0.02,
    "min_rto": 0.05,
}

BALANCED: dict[str, dict[str, Any]] = {
    **{
        policy: {"policy": policy}
        for policy in ("random", "round_robin", "least_outstanding", "fewest_of_sample")
    },
    "by key": {
        "policy": {"kind": "consistent_hash", "bound": 1.5},
        "weights": {"behind[1]": 3.0},
    },
    "by session": {
        "policy": {"kind": "sticky", "policy": "least_time", "forget_after": 0.5},
        "slow_start": 1.0,
    },
}

SAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "client": {
        "plain": {"subject": {"kind": "client", "next": "behind"}, "behind": BEHIND},
        "everything": {
            "subject": {
                "kind": "client",
                "next": "behind",
                "timeout": 0.06,
                "deadline": 0.3,
                "cancels": True,
                "retries": 3,
                "backoff": {"kind": "exponential", "base": 0.01, "jitter": 0.5},
                "retry_budget": {"kind": "ratio", "ratio": 0.25},
            },
            "behind": BEHIND,
        },
        "careless": {
            "subject": {"kind": "client", "next": "behind", "timeout": 0.03, "retries": 2},
            "behind": BEHIND | {"workers": 1, "heeds_callers": True},
        },
        "careful": {
            "subject": {
                "kind": "client",
                "next": "behind",
                "timeout": 0.03,
                "retries": 4,
                "backoff": {"kind": "decorrelated", "base": 0.005, "cap": 0.1},
                "retry_budget": {"kind": "grpc", "max_tokens": 5.0},
                "throttle": {"kind": "adaptive", "k": 1.2, "window": 2.0},
            },
            "behind": BEHIND,
        },
        "budgeted by recent calls": {
            "subject": {
                "kind": "client",
                "next": "behind",
                "timeout": 0.03,
                "cancels": True,
                "retries": 3,
                "backoff": {"kind": "exponential", "base": 0.01, "jitter": "full"},
                "retry_budget": {"kind": "finagle", "ttl": 2.0, "min_retries_per_s": 1},
            },
            "behind": BEHIND,
        },
    },
    "load_balancer": {
        **{
            name: {
                "subject": {"kind": "load_balancer", "pool": "behind", **told},
                "behind": BEHIND | {"replicas": 3, "workers": 1},
            }
            for name, told in BALANCED.items()
        },
        "one of several": {
            "subject": {"kind": "load_balancer", "pool": "each", "policy": "random"},
            "each": {
                "kind": "load_balancer",
                "pool": "behind",
                "replicas": 2,
                "signal": "reported",
                "refresh_every": 0.2,
                "refresh_jitter": 0.5,
                "counts_own": True,
                "policy": "least_time",
            },
            "behind": BEHIND | {"replicas": 3, "workers": 1},
        },
        "checked": {
            "subject": {
                "kind": "load_balancer",
                "pool": "behind",
                "health_check": {"interval": 0.5, "timeout": 0.1, "jitter": 0.3}
                | {"detector": {"kind": "consecutive", "unhealthy_after": 1}},
                "outlier_detection": {"interval": 0.5, "base_ejection_time": 1.0, "timeout": 0.5}
                | {"min_calls": 5, "min_replicas": 2},
                "panic_threshold": 0.5,
            },
            "behind": BEHIND | {"replicas": 3, "workers": 1},
        },
        "in zones, checked by calls": {
            "subject": {"kind": "load_balancer", "pool": "each", "policy": "random"},
            "each": {
                "kind": "load_balancer",
                "pool": "behind",
                "replicas": 2,
                "zone": ["a", "b"],
                "zone_aware": True,
                "cross_zone_latency": 0.002,
                "slow_start": 2.0,
                "policy": "fewest_of_sample",
                "health_check": {"interval": 0.5, "timeout": 0.1, "deep": True}
                | {"detector": {"kind": "phi_accrual", "first_estimate": 0.5}},
            },
            "behind": BEHIND | {"replicas": 4, "workers": 1, "zone": ["a", "b"]},
        },
        "caches": {
            "subject": {"kind": "load_balancer", "pool": "near"},
            "near": {"kind": "cache", "capacity": 5, "ttl": 1.0, "replicas": 3, "origin": "behind"},
            "behind": BEHIND,
        },
    },
    "server": {
        "fifo": {"subject": BEHIND},
        "lifo": {"subject": BEHIND | {"discipline": "lifo", "workers": 1}},
        "sharing": {"subject": BEHIND | {"discipline": "processor_sharing"}},
        "sharing by weight": {
            "subject": BEHIND
            | {"workers": 1, "discipline": {"kind": "processor_sharing", "by_weight": True}}
        },
        "random": {"subject": BEHIND | {"discipline": "random", "workers": 1}},
        "priority": {"subject": BEHIND | {"discipline": "priority", "workers": 1}},
        "shortest": {
            "subject": BEHIND | {"discipline": {"kind": "shortest_job_first", "error_cv": 0.5}}
        },
        "weighted fair": {"subject": BEHIND | {"discipline": "weighted_fair", "workers": 1}},
        "interrupts the oldest": {
            "subject": BEHIND | {"discipline": {"kind": "lifo", "preemptive": True}}
        },
        "interrupts the less urgent": {
            "subject": BEHIND | {"discipline": {"kind": "priority", "preemptive": True}}
        },
        "srpt": {"subject": BEHIND | {"discipline": "srpt", "workers": 1}},
        "srpt, blocking, impatient": {
            "subject": BEHIND
            | {"discipline": {"kind": "srpt", "error_cv": 1.0}, "next": "behind"}
            | {"blocking": True, "patience": EXPONENTIAL},
            "behind": BEHIND,
        },
        "impatient": {"subject": BEHIND | {"patience": EXPONENTIAL, "workers": 1}},
        "sheds": {
            "subject": BEHIND
            | {"workers": 1, "queue_limit": 4, "queue_limit_by_class": {"reader": 3}}
            | {"when_full": "least_urgent", "discipline": "priority", "patience": 0.2}
            | {"shedding": {"kind": "controlled_delay", "target": 0.01}},
        },
        "sheds, blocking": {
            "subject": BEHIND
            | {"workers": 2, "queue_limit": 6, "when_full": "head", "next": "behind"}
            | {"discipline": {"kind": "adaptive_lifo", "threshold": 2}, "blocking": True}
            | {"shedding": {"kind": "codel", "target": 0.002, "interval": 0.02}},
            "behind": BEHIND,
        },
        "impatient in random order": {
            "subject": BEHIND | {"patience": 0.03, "workers": 1, "discipline": "random"}
        },
        "batches": {"subject": BEHIND | {"batch_size": 4, "workers": 1}},
        "full batches": {
            "subject": BEHIND
            | {"batch_size": 3, "batch_wait": 0.02, "batch_growth": 0.002, "next": "behind"}
            | {"patience": 0.05, "discipline": "priority"},
            "behind": BEHIND,
        },
        "heeds callers": {
            "subject": BEHIND
            | {"workers": 1, "heeds_callers": True, "patience": 0.1, "discipline": "lifo"}
        },
        "unlimited": {
            "subject": {"kind": "server", "workers": "unlimited", "service_time": EXPONENTIAL}
        },
        "stage": {"subject": BEHIND | {"next": "behind"}, "behind": BEHIND},
        "blocking": {"subject": BEHIND | {"next": "behind", "blocking": True}, "behind": BEHIND},
        "by_class": {"subject": BEHIND | {"service_time_by_class": {"writer": 0.05}}},
    },
    "sequence": {
        "twice": {
            "subject": {
                "kind": "sequence",
                "steps": ["behind", "beside", "behind"],
                "on_error": "go_on",
            },
            "behind": BEHIND,
            "beside": BEHIND | {"queue_limit": 0, "workers": 1},
        },
    },
    "mirror": {
        "beside": {
            "subject": {
                "kind": "mirror",
                "next": "behind",
                "shadow": "beside",
                "share": 0.6,
                "senders": 2,
                "queue_limit": 3,
                "timeout": 0.1,
            },
            "behind": BEHIND,
            "beside": BEHIND | {"workers": 1},
        },
        "of everything, on what both share": {
            "subject": {
                "kind": "mirror",
                "next": "mine",
                "shadow": "theirs",
                "senders": 3,
                "mirrors_writes": True,
            },
            "mine": {"kind": "sequence", "steps": ["behind"]},
            "theirs": {"kind": "sequence", "steps": ["behind"]},
            "behind": BEHIND | {"workers": 4},
        },
        "waited for some time, on what both share": {
            "subject": {
                "kind": "mirror",
                "next": "behind",
                "shadow": "behind",
                "mode": "synchronous",
                "share": 0.5,
                "timeout": 0.05,
                "mirrors_writes": True,
            },
            "behind": BEHIND,
        },
    },
    "parallel": {
        "quorum": {
            "subject": {"kind": "parallel", "calls": "behind", "wait_for": 2},
            "behind": BEHIND | {"replicas": 3},
        },
        "first of three, canceling": {
            "subject": {
                "kind": "parallel",
                "calls": "behind",
                "times": 3,
                "wait_for": 1,
                "cancels": True,
            },
            "behind": BEHIND | {"workers": 4},
        },
        "nested": {
            "subject": {"kind": "parallel", "calls": ["inner", "behind"], "wait_for": 1},
            "inner": {"kind": "parallel", "calls": "behind", "times": 2, "cancels": True},
            "behind": BEHIND | {"workers": 4},
        },
    },
    "router": {
        "split": {
            "subject": {
                "kind": "router",
                "routes": {"behind": 0.6, "beside": 0.3},
                "by_class": {"writer": {"beside": 1.0}},
            },
            "behind": BEHIND,
            "beside": BEHIND,
        },
        "feedback": {
            "subject": {"kind": "router", "routes": {"behind": 0.4}},
            "behind": BEHIND | {"next": "subject"},
        },
        "feedback through what waits": {
            "subject": {"kind": "router", "routes": {"again": 0.4}},
            "again": {
                "kind": "client",
                "next": "balancer",
                "timeout": 0.2,
                "retries": 1,
                "cancels": True,
            },
            "balancer": {"kind": "load_balancer", "pool": "behind"},
            "behind": BEHIND | {"replicas": 2, "next": "subject"},
        },
    },
    "splitter": {
        "calls": {
            "subject": {
                "kind": "splitter",
                "arms": {
                    "stable": {"to": "behind", "share": 0.7},
                    "canary": {"to": "beside", "share": 0.3},
                    "next": {"to": "beside"},
                },
            },
            "behind": BEHIND,
            "beside": BEHIND,
        },
        "users, impatient": {
            "subject": {
                "kind": "splitter",
                "arms": {
                    "stable": {"to": "behind", "share": 0.6},
                    "canary": {"to": "beside", "share": 0.4},
                },
                "sticky": "key",
                "patience": 0.03,
            },
            "behind": BEHIND,
            "beside": BEHIND | {"workers": 1},
        },
    },
    "codec": {
        "server": {
            "subject": CODEC | {"queue_limit": 10},
            "behind": BEHIND,
        },
        "client, blocking": {
            "subject": CODEC | {"side": "client", "blocking": True, "workers": 3},
            "behind": BEHIND,
        },
    },
    "hedge": {
        "by a quantile": {
            "subject": {
                "kind": "hedge",
                "pool": "behind",
                "delay": {"kind": "quantile", "quantile": 0.8, "fewest": 20, "latest": 100},
                "budget": {"kind": "token_bucket", "rate": 5.0},
            },
            "behind": BEHIND | {"replicas": 3, "workers": 1},
        },
        "by a delay, thrice, unseen": {
            "subject": {
                "kind": "hedge",
                "pool": "behind",
                "copies": 3,
                "delay": 0.02,
                "cancel": "never",
                "policy": "least_time",
                "same_work": True,
            },
            "behind": BEHIND | {"replicas": 3},
        },
        "redundant": {
            "subject": {
                "kind": "hedge",
                "pool": "behind",
                "delay": 0.0,
                "policy": "random",
                "cancel_delay": 0.005,
            },
            "behind": BEHIND | {"replicas": 4},
        },
        "tied": {
            "subject": {"kind": "hedge", "pool": "behind", "delay": 0.0, "cancel": "on_start"},
            "behind": BEHIND | {"replicas": 2, "workers": 1, "heeds_callers": True},
        },
        "tied, word takes time": {
            "subject": {
                "kind": "hedge",
                "pool": "between",
                "distinct": False,
                "copies": 3,
                "delay": 0.005,
                "cancel": "on_start",
                "cancel_delay": 0.004,
            },
            "between": {"kind": "load_balancer", "pool": "behind", "policy": "random"},
            "behind": BEHIND | {"replicas": 3, "workers": 1, "heeds_callers": True},
        },
    },
    "connection_pool": {
        "plain": {"subject": {"kind": "connection_pool", "size": 1, "next": "behind"}}
        | {"behind": BEHIND},
        "impatient": {
            "subject": {
                "kind": "connection_pool",
                "size": 2,
                "next": "behind",
                "acquire_timeout": 0.05,
                "checkout_time": {"kind": "exponential", "mean": 0.005},
                "queue_limit": 10,
            },
            "behind": BEHIND,
        },
    },
    "idempotency": {
        "enforced": {
            "subject": {
                "kind": "idempotency",
                "next": "behind",
                "ttl": 0.5,
                "keeps": "every_answer",
            },
            "behind": BEHIND,
        },
        "observed": {
            "subject": {"kind": "idempotency", "next": "behind", "mode": "observe"},
            "behind": BEHIND,
        },
    },
    "logger": {
        "before a service": {
            "subject": {
                "kind": "logger",
                "next": "behind",
                "records": {"info": 3, "debug": 50},
                "record_size": {"kind": "exponential", "mean": 500.0},
                "rate": 8 * 80_000.0,
                "write_time": 0.002,
            },
            "behind": BEHIND,
        },
        **{
            how: {
                "subject": {
                    "kind": "logger",
                    "next": "behind",
                    "mode": "async",
                    "record_size": {"kind": "lognormal", "mean": 1000.0, "cv": 2.0},
                    "rate": 8 * 30_000.0,
                    "peak_rate": 8 * 90_000.0,
                    "burst": 20_000.0,
                    "buffer": 6_000.0,
                    "flush_size": 4_000.0,
                    "keep": 0.8,
                    "when_full": how,
                },
                "behind": BEHIND,
            }
            for how in ("block", "drop_newest", "drop_oldest")
        },
    },
    "tracing": {
        sampling["kind"]: {
            "subject": {
                "kind": "tracing",
                "next": "behind",
                "spans": {"behind": 5},
                "overhead": 0.0002,
                "slow_after": 0.05,
                "sampling": sampling,
            },
            "behind": BEHIND,
        }
        for sampling in (
            {"kind": "head", "share": 0.3},
            {"kind": "rate_limited", "rate": 5.0, "burst": 3.0, "per": "class"},
            {"kind": "tail", "wait": 0.1, "buffer": 30, "share": 0.1},
        )
    },
    "rate_limiter": {
        "shaping each class": {
            "subject": {
                "kind": "rate_limiter",
                "next": "behind",
                "per": "class",
                "policy": {"kind": "leaky_bucket", "rate": 30.0},
                "policy_by_class": {"writer": {"kind": "fixed_window", "limit": 2, "window": 0.5}},
                "max_wait": 0.4,
                "max_held": 5,
            },
            "behind": BEHIND,
        },
        "before several": {
            "subject": {
                "kind": "rate_limiter",
                "next": "balancer",
                "policy": {"kind": "token_bucket", "rate": 35.0, "burst": 3},
            },
            "balancer": {"kind": "load_balancer", "pool": "limiter"},
            "limiter": {
                "kind": "rate_limiter",
                "replicas": 3,
                "next": "behind",
                "per": "key",
                "policy": {"kind": "sliding_window_log", "limit": 1, "window": 0.2},
                "max_wait": 0.1,
                "sync_every": 0.1,
            },
            "behind": BEHIND,
        },
    },
    "link": {
        "plain": {"subject": {"kind": "link", "next": "behind", "latency": 0.005}}
        | {"behind": BEHIND},
        "http1": {
            "subject": NARROW
            | {"transport": {"kind": "http1", "connections": 8, "tls": "1.2", "idle_timeout": 0.1}},
            "behind": BEHIND,
        },
        "handshakes that take computing": {
            "subject": NARROW
            | {"transport": {"kind": "http1", "connections": 8, "idle_timeout": 0.05}}
            | {"handshakes": "cores"},
            "behind": BEHIND,
            "cores": BEHIND | {"service_time": 0.001},
        },
        "http2": {
            "subject": NARROW
            | {"transport": {"kind": "http2", "tls": "1.3", "idle_timeout": 0.05}},
            "behind": BEHIND,
        },
        "http3": {
            "subject": NARROW
            | {"transport": {"kind": "http3", "handshake": "0-rtt", "idle_timeout": 0.02}},
            "behind": BEHIND,
        },
    },
    "circuit_breaker": {
        **{
            policy["kind"]: {
                "subject": {"kind": "circuit_breaker", "next": "within", "policy": policy},
                "within": {"kind": "client", "next": "behind", "timeout": 0.05, "cancels": True},
                "behind": BEHIND,
            }
            for policy in (
                {"kind": "consecutive", "failures": 2, "open_for": 0.2},
                {"kind": "ratio", "interval": 1.0, "open_for": 0.1, "half_open_calls": 3},
                {"kind": "window", "window_calls": 10, "open_for": 0.1, "max_half_open": 0.3}
                | {"half_open_calls": 3, "automatic": True},
            )
        },
        "going by slow calls": {
            "subject": {
                "kind": "circuit_breaker",
                "next": "behind",
                "policy": {"kind": "window", "window_time": 1.0, "min_calls": 5, "open_for": 0.1}
                | {"slow_after": 0.04, "slow_ratio": 0.5, "half_open_calls": 2},
                "failures": ["failed", "canceled"],
                "ignored": [],
            },
            "behind": BEHIND,
        },
    },
    "concurrency_limiter": {
        "bulkhead": {
            "subject": {
                "kind": "concurrency_limiter",
                "next": "behind",
                "policy": {"kind": "fixed", "limit": 3},
            },
            "behind": BEHIND,
        },
        "waiting": {
            "subject": {
                "kind": "concurrency_limiter",
                "next": "behind",
                "policy": {"kind": "fixed", "limit": 3},
                "max_wait": 0.05,
            },
            "behind": BEHIND,
        },
        "shared": {
            "subject": {
                "kind": "concurrency_limiter",
                "next": "behind",
                "policy": {"kind": "fixed", "limit": 3},
                "share_by_class": {"writer": 0.5, "mixed": 0.2},
            },
            "behind": BEHIND,
        },
        **{
            policy["kind"]: {
                "subject": {
                    "kind": "concurrency_limiter",
                    "next": "behind",
                    "policy": policy | {"initial": 4, "least": 3, "most": 8},
                    "max_wait": 0.02,
                },
                "behind": BEHIND | {"queue_limit": 2},
            }
            for policy in (
                {"kind": "aimd", "timeout": 0.1},
                {"kind": "vegas", "probe_multiplier": 5},
                {"kind": "gradient", "window": 0.5},
            )
        },
    },
    "fallback": {
        "static": {
            "subject": {"kind": "fallback", "primary": "behind", "after": 0.04, "on": ["failed"]},
            "behind": BEHIND | {"queue_limit": 2},
        },
        "twice the same": {
            "subject": {
                "kind": "fallback",
                "primary": "behind",
                "secondary": "behind",
                "after": 0.03,
                "cancels": True,
            },
            "behind": BEHIND | {"queue_limit": 2},
        },
        "somebody else": {
            "subject": {"kind": "fallback", "primary": "behind", "secondary": "beside"},
            "behind": BEHIND | {"queue_limit": 0},
            "beside": BEHIND | {"workers": 1},
        },
    },
    "database": {
        "plain": {
            "subject": {
                "kind": "database",
                "connections": 2,
                "read_time": EXPONENTIAL,
                "write_time": 0.04,
                "queue_limit": 30,
            }
        },
        "writes first": {
            "subject": {
                "kind": "database",
                "connections": 2,
                "read_time": EXPONENTIAL,
                "discipline": {"kind": "priority", "preemptive": True},
            }
        },
    },
    "dns": {
        "in turn": {
            "subject": {
                "kind": "dns",
                "targets": ["behind", "beside"],
                "answers": "round_robin",
                "ttl": 0.3,
                "resolvers": 10,
                "lookup_time": EXPONENTIAL,
                "overstays": 0.2,
                "health_check": {"interval": 0.1, "timeout": 0.02, "failures": 2},
            },
            "behind": BEHIND,
            "beside": BEHIND | {"workers": 3},
        },
        "pinned": {
            "subject": {
                "kind": "dns",
                "targets": ["behind", "beside"],
                "answers": {"kind": "weighted", "weights": [3.0, 1.0]},
                "ttl": 0.3,
                "resolvers": 10,
                "pinned_for": 1.0,
                "users": 30,
                "health_check": {"interval": 0.1, "timeout": 0.02},
            },
            "behind": BEHIND,
            "beside": BEHIND,
        },
    },
    "edge": {
        "astray": {
            "subject": {
                "kind": "edge",
                "points": ["behind", "beside"],
                "shares": {"behind": 2.0},
                "latency": {"kind": "exponential", "mean": 0.005},
                "astray": 0.2,
                "astray_latency": EXPONENTIAL,
            },
            "behind": BEHIND | {"replicas": 2},
            "beside": BEHIND,
        },
    },
    "model_server": {
        "plain": {
            "subject": {
                "kind": "model_server",
                "model": "old",
                "workers": 2,
                "service_time": EXPONENTIAL,
                "queue_limit": 20,
            },
        },
        "that asks for features": {
            "subject": {
                "kind": "model_server",
                "model": "old",
                "workers": 2,
                "service_time": EXPONENTIAL,
                "queue_limit": 20,
                "features": "behind",
                "fetched": ["velocity"],
                "fetch_timeout": 0.05,
                "warm_up": {"factor": 3.0, "calls": 50, "from_start": True},
            },
            "behind": BEHIND,
        },
        "of old features": {
            "subject": {
                "kind": "model_server",
                "model": "old",
                "service_time": 0.015,
                "feature_age": 5.0,
                "missing": ["amount"],
            },
        },
        "shaky": {
            "subject": {
                "kind": "model_server",
                "model": "shaky",
                "replicas": 1,
                "service_time": EXPONENTIAL,
                "memory": 1e9,
            },
        },
    },
    "cache": {
        "chance": {
            "subject": {
                "kind": "cache",
                "hit_ratio": 0.5,
                "origin": "behind",
                "lookup_time": {"kind": "exponential", "mean": 0.001},
            },
            "behind": BEHIND,
        },
        "lru": {
            "subject": {"kind": "cache", "capacity": 20, "origin": "behind"},
            "behind": BEHIND,
        },
        "coalescing": {
            "subject": {
                "kind": "cache",
                "ttl": 0.5,
                "coalesces": True,
                "fill": "add",
                "origin": "behind",
            },
            "behind": BEHIND,
        },
        **{
            policy: {
                "subject": {
                    "kind": "cache",
                    "capacity": 20,
                    "eviction": policy,
                    "warm": 10,
                    "origin": "behind",
                },
                "behind": BEHIND,
            }
            for policy in ("random", "lfu", "tinylfu")
        },
        "stale": {
            "subject": {
                "kind": "cache",
                "ttl": 0.5,
                "ttl_jitter": 0.5,
                "coalesces": True,
                "early_refresh": "xfetch",
                "stale_for": 0.2,
                "stale_if_error": 1.0,
                "expires_by": "date",
                "negative_ttl": 0.1,
                "warm": True,
                "origin": "behind",
            },
            "behind": BEHIND,
        },
        "waiting": {
            "subject": {
                "kind": "cache",
                "ttl_distribution": {"kind": "exponential", "mean": 0.5},
                "early_refresh": {"kind": "ahead", "waits": True},
                "origin": "behind",
            },
            "behind": BEHIND,
        },
        **{
            f"writes {how}": {
                "subject": {
                    "kind": "cache",
                    "capacity": 20,
                    "ttl": 1.0,
                    "writes": how,
                    "lookup_time": {"kind": "exponential", "mean": 0.001},
                    "origin": "behind",
                }
                | ({"flush_after": 0.2} if how == "back" else {}),
                "behind": BEHIND,
            }
            for how in ("around", "through", "back")
        },
        "tiers": {
            "subject": {"kind": "cache", "capacity": 5, "ttl": 1.0, "origin": "far"},
            "far": {"kind": "cache", "capacity": 20, "coalesces": True, "origin": "behind"},
            "behind": BEHIND,
        },
    },
}

WORKLOAD: dict[str, Any] = {
    "world": {
        "positives": 0.2,
        "separation": 2.0,
        "features": {
            "amount": {"form": {"kind": "pareto", "exponent": 1.5}},
            "velocity": {"correlation_time": 10.0},
            "country": {"form": {"kind": "categorical", "shares": [3.0, 1.0]}, "weight": 0.5},
            "age": {"wander": {"part": 0.2, "correlation_time": 3.0}},
        },
        "correlated": [{"features": ["velocity", "age"], "by": 0.4}],
        "alike": {"truth": 0.3, "features": 0.2, "stakes": 0.5},
        "adversaries": {"towards": "age", "degrees": 60.0, "after": 100.0},
        "drifts": [
            {
                "kind": "concept",
                "towards": "amount",
                "degrees": 40.0,
                "when": {"kind": "gradual", "from": 5.0, "until": 15.0},
            }
        ],
        "models": {
            "old": {"auc": 0.85, "data": 200},
            "shaky": {
                "reads": ["amount"],
                "bug_ratio": 0.1,
                "error_ratio": 0.1,
                "service_time_factor": 0.5,
                "memory": 5e8,
            },
        },
        "outcomes": {
            "hit": {"usd": 2.0},
            "miss": {"usd": -5.0, "harms": True},
            "false_alarm": {"usd": -0.5, "harms": 0.3},
            "pass": {"usd": 0.1},
            "unanswered": {"harms": 0.5},
            "usd_cv": 1.5,
        },
        "labels": {
            "delay": {"kind": "lognormal", "mean": 4.0, "cv": 1.0},
            "window": 6.0,
            "of": "passes",
            "ratio": 0.9,
            "wrong": 0.02,
        },
    },
    "keys": {"kind": "zipf", "count": 50},
    "classes": {
        "reader": {"share": 8.0},
        "mixed": {"share": 1.0, "write_ratio": 0.3},
        "writer": {"share": 1.0, "operation": "write", "priority": 1, "weight": 3.0},
    },
}
