"""Closed forms that a simulation must agree with.

``multi_server`` one queue before several servers · ``loss`` the same with little room or none ·
``single_server`` one server, any service time · ``round_robin`` and ``shortest_queue`` one queue a
replica, and who gets the next request · ``bursts``, ``mmpp`` and ``rhythms`` arrivals that are not
Poisson or not steady · ``closed_loops`` users who wait for their answers · ``caches`` keys, expiry
and stampedes · ``early_refresh`` loads before expiry · ``eviction`` caches that are full, or still
filling · ``retries`` attempts that time out · ``order_statistics`` and ``fork_join`` requests of
several parts · ``supermarket`` very many servers · ``networks`` stations that send requests to one
another · ``markov`` any system with few states · ``staffing`` servers for a load · ``transient`` a
system that started empty · ``run_length`` the noise of a run · ``hottest_shard`` and ``hashing``
keys hashed to shards · ``disciplines`` who is served next · ``processor_sharing`` all at once ·
``workers`` batches, breakdowns, impatience, no limit · ``redundancy`` replicas of which some are
enough, and how late failures are noticed · ``herds`` many clients at once · ``naming`` names that
fail over · ``network`` handshakes, slow start and lost packets · ``admission`` who is turned away ·
``scaling`` workers in one another's way · ``shadows`` copies of calls · ``capacity`` replicas that
come late · ``alerting`` error budgets, burn rates and false alarms · ``classifiers`` what a model
can make of what it sees · ``clusters`` requests of one user · ``control_charts`` and
``drift_detection`` how soon a change is seen, and what is seen where there is none · ``observing``
traces that are kept, and models that become old · ``procurement`` what capacity costs ·
``releases`` bad versions, and the way back.

Every function takes rates per second and times in seconds, unless it says otherwise; any other
unit will do if it is used throughout. *Latency* is wait plus service.
"""

from simulator.stats.theory.admission import codel_drop_times, dead_time_loss
from simulator.stats.theory.alerting import (
    alarm_precision,
    apdex,
    apdex_of_exponential,
    budget_lasts,
    budget_spent_at_alert,
    burn_detection_time,
    burn_rate_for,
    burn_reset_time,
    error_budget,
    hysteresis_cycle,
    rice_crossings,
    sampled_crossings,
    scrape_sees,
)
from simulator.stats.theory.bandits import (
    equal_split_regret,
    explore_then_commit_regret,
    lai_robbins_slope,
    ucb1_regret_bound,
)
from simulator.stats.theory.bursts import (
    Gaps,
    balanced_phases,
    batch_mean_latency,
    gm1_latency_quantile,
    gm1_mean_wait,
    gm1_wait_probability,
    hyperexponential_gaps,
)
from simulator.stats.theory.caches import (
    sliding_ttl_hit_ratio,
    stampede_loads_per_expiry,
    stampede_origin_rate,
    stampede_stalled_ratio,
    ttl_hit_ratio,
    ttl_mean_age_at_hit,
    zipf_probabilities,
)
from simulator.stats.theory.capacity import (
    backlog_after,
    drain_time,
    lost_to_stale_lists,
    rolling_update_time,
)
from simulator.stats.theory.classifiers import (
    auc_of_separation,
    caught_and_false,
    cheapest_threshold,
    separation_left,
    separation_of_auc,
    separation_of_sample,
    threshold_for_alarms,
)
from simulator.stats.theory.closed_loops import (
    ClosedQueue,
    machine_repair,
    no_think_latency_quantile,
)
from simulator.stats.theory.clusters import (
    correlation_beyond_threshold,
    correlation_of_lognormal,
)
from simulator.stats.theory.control_charts import (
    cusum_run_length,
    cusum_run_length_by_siegmund,
    ewma_run_length,
    shewhart_run_length,
)
from simulator.stats.theory.disciplines import (
    mg1_preemptive_mean_latencies,
    mg1_priority_mean_waits,
    mg1_wait_second_moment,
    mm1_shortest_first_mean_latency,
    mm1_srpt_mean_latency,
    mmc_priority_mean_waits,
)
from simulator.stats.theory.drift_detection import (
    adwin_threshold,
    any_alarm,
    detection_time,
    ks_of_shift,
    ks_rows_for,
    ks_threshold,
    labels_needed,
    labels_seen,
    psi_noise_exceeds,
    psi_noise_mean,
    psi_of_shift,
)
from simulator.stats.theory.early_refresh import (
    xfetch_expiry_probability,
    xfetch_extra_loads,
    xfetch_mean_gap,
)
from simulator.stats.theory.eviction import (
    cold_miss_ratio,
    distinct_keys,
    fifo_characteristic_requests,
    fifo_hit_ratio,
    fifo_key_hit_ratios,
    fifo_mean_field_hit_ratio,
    lfu_hit_ratio,
    lru_characteristic_requests,
    lru_exact_hit_ratio,
    lru_hit_ratio,
    lru_key_hit_ratios,
    lru_tiers_hit_ratios,
)
from simulator.stats.theory.fork_join import (
    fork_join_mean_latency,
    fork_join_two_mean_latency,
    fork_join_upper_bound,
)
from simulator.stats.theory.hashing import (
    consistent_moved_on_add,
    consistent_moved_on_remove,
    hashed_keys_cv,
    modulo_moved_on_add,
    ring_largest_share,
    ring_share_cv,
    ring_smallest_share,
)
from simulator.stats.theory.hedging import (
    HedgedCall,
    hedged_exponential,
    redundancy_d_mean_latency,
)
from simulator.stats.theory.herds import (
    herd_backlog,
    herd_done,
    herd_least_spread,
    herd_longest_wait,
    herd_mean_wait,
)
from simulator.stats.theory.hottest_shard import hottest_shard_mean
from simulator.stats.theory.loss import BoundedQueue, bounded_queue, erlang_b
from simulator.stats.theory.markov import stationary
from simulator.stats.theory.mmpp import BurstyQueue, mmpp_dispersion, mmpp_m1, mmpp_stationary
from simulator.stats.theory.multi_server import (
    mgc_mean_wait,
    mmc_latency_quantile,
    mmc_mean_latency,
    mmc_mean_wait,
    mmc_wait_probability,
    mmc_wait_quantile,
)
from simulator.stats.theory.naming import (
    check_detection_bounds,
    failover_longest_s,
    failover_mean_s,
    lookup_rate,
    outdated_quantile_s,
    outdated_ratio,
)
from simulator.stats.theory.network import (
    exclusive_connections_limit,
    handshake_round_trips,
    head_of_line_mean_delay,
    loss_mean_delay,
    slow_start_bytes,
    slow_start_rounds,
    slow_start_stall,
)
from simulator.stats.theory.networks import ClosedNetwork, OpenNetwork, closed_network, jackson
from simulator.stats.theory.observing import (
    retraining_cost,
    retraining_interval,
    tail_buffer,
    trace_captured,
)
from simulator.stats.theory.order_statistics import (
    fanout_leaf_quantile,
    fanout_slow_ratio,
    kth_of_exponentials_mean,
    kth_of_exponentials_quantile,
    kth_of_exponentials_variance,
)
from simulator.stats.theory.overload import Outage, metastable_threshold, outage
from simulator.stats.theory.processor_sharing import mh1_ps_latency_quantile
from simulator.stats.theory.procurement import (
    cost_per_thousand,
    critical_fractile,
    mixed_cost,
    sine_quantile,
)
from simulator.stats.theory.redundancy import (
    check_detection_delay,
    k_of_n_availability,
    k_of_n_mean_time_to_failure,
    mean_time_to_data_loss,
)
from simulator.stats.theory.releases import (
    excess_failures,
    exposure_of_rollback,
    passes_two_proportions,
)
from simulator.stats.theory.retries import (
    AdaptiveThrottling,
    TimeoutRetry,
    adaptive_throttling,
    grpc_failure_threshold,
    layered_attempts,
    mean_attempts,
    timeout_retry,
)
from simulator.stats.theory.rhythms import Swing, busy_servers_under_a_sine
from simulator.stats.theory.round_robin import (
    dm1_mean_latency,
    dm1_wait_probability,
    round_robin_latency_quantile,
    round_robin_mean_latency,
    round_robin_mean_wait,
    round_robin_wait_probability,
)
from simulator.stats.theory.run_length import (
    mm1_wait_asymptotic_variance,
    requests_needed,
    standard_error,
)
from simulator.stats.theory.scaling import amdahl_limit, usl_best_workers, usl_throughput
from simulator.stats.theory.shadows import mean_of_longer, mirrored_load, most_mirrored_share
from simulator.stats.theory.shortest_queue import ShortestOfTwo, shortest_of_two
from simulator.stats.theory.single_server import (
    md1_wait_quantile,
    mg1_mean_wait,
    mg1_ps_mean_latency,
    mg1_wait_sd,
)
from simulator.stats.theory.staffing import (
    halfin_whitt_wait_probability,
    square_root_staffing,
    staffing_margin,
)
from simulator.stats.theory.supermarket import supermarket_mean_latency
from simulator.stats.theory.transient import mm1_number_at
from simulator.stats.theory.workers import (
    BatchQueue,
    ImpatientQueue,
    availability,
    bulk_service,
    erlang_a,
    mg1_departure_scv,
    mginf_mean_after,
    mm1_breakdowns_mean_in_system,
    poisson_exceeds,
    poisson_quantile,
)

__all__ = [
    "retraining_cost",
    "retraining_interval",
    "tail_buffer",
    "trace_captured",
    "cost_per_thousand",
    "critical_fractile",
    "mixed_cost",
    "sine_quantile",
    "AdaptiveThrottling",
    "BatchQueue",
    "BoundedQueue",
    "BurstyQueue",
    "ClosedNetwork",
    "ClosedQueue",
    "Gaps",
    "HedgedCall",
    "ImpatientQueue",
    "OpenNetwork",
    "Outage",
    "ShortestOfTwo",
    "Swing",
    "TimeoutRetry",
    "adaptive_throttling",
    "adwin_threshold",
    "alarm_precision",
    "amdahl_limit",
    "any_alarm",
    "apdex",
    "apdex_of_exponential",
    "auc_of_separation",
    "availability",
    "backlog_after",
    "balanced_phases",
    "batch_mean_latency",
    "bounded_queue",
    "budget_lasts",
    "budget_spent_at_alert",
    "bulk_service",
    "burn_detection_time",
    "burn_rate_for",
    "burn_reset_time",
    "busy_servers_under_a_sine",
    "caught_and_false",
    "cheapest_threshold",
    "check_detection_bounds",
    "check_detection_delay",
    "closed_network",
    "codel_drop_times",
    "cold_miss_ratio",
    "consistent_moved_on_add",
    "consistent_moved_on_remove",
    "correlation_beyond_threshold",
    "correlation_of_lognormal",
    "cusum_run_length",
    "cusum_run_length_by_siegmund",
    "dead_time_loss",
    "detection_time",
    "distinct_keys",
    "dm1_mean_latency",
    "dm1_wait_probability",
    "drain_time",
    "equal_split_regret",
    "erlang_a",
    "erlang_b",
    "error_budget",
    "ewma_run_length",
    "excess_failures",
    "exclusive_connections_limit",
    "explore_then_commit_regret",
    "exposure_of_rollback",
    "failover_longest_s",
    "failover_mean_s",
    "fanout_leaf_quantile",
    "fanout_slow_ratio",
    "fifo_characteristic_requests",
    "fifo_hit_ratio",
    "fifo_key_hit_ratios",
    "fifo_mean_field_hit_ratio",
    "fork_join_mean_latency",
    "fork_join_two_mean_latency",
    "fork_join_upper_bound",
    "gm1_latency_quantile",
    "gm1_mean_wait",
    "gm1_wait_probability",
    "grpc_failure_threshold",
    "halfin_whitt_wait_probability",
    "handshake_round_trips",
    "hashed_keys_cv",
    "head_of_line_mean_delay",
    "hedged_exponential",
    "herd_backlog",
    "herd_done",
    "herd_least_spread",
    "herd_longest_wait",
    "herd_mean_wait",
    "hottest_shard_mean",
    "hyperexponential_gaps",
    "hysteresis_cycle",
    "jackson",
    "k_of_n_availability",
    "k_of_n_mean_time_to_failure",
    "ks_of_shift",
    "ks_rows_for",
    "ks_threshold",
    "kth_of_exponentials_mean",
    "kth_of_exponentials_quantile",
    "kth_of_exponentials_variance",
    "labels_needed",
    "labels_seen",
    "lai_robbins_slope",
    "layered_attempts",
    "lfu_hit_ratio",
    "lookup_rate",
    "loss_mean_delay",
    "lost_to_stale_lists",
    "lru_characteristic_requests",
    "lru_exact_hit_ratio",
    "lru_hit_ratio",
    "lru_key_hit_ratios",
    "lru_tiers_hit_ratios",
    "machine_repair",
    "md1_wait_quantile",
    "mean_attempts",
    "mean_of_longer",
    "mean_time_to_data_loss",
    "metastable_threshold",
    "mg1_departure_scv",
    "mg1_mean_wait",
    "mg1_preemptive_mean_latencies",
    "mg1_priority_mean_waits",
    "mg1_ps_mean_latency",
    "mg1_wait_sd",
    "mg1_wait_second_moment",
    "mgc_mean_wait",
    "mginf_mean_after",
    "mh1_ps_latency_quantile",
    "mirrored_load",
    "mm1_breakdowns_mean_in_system",
    "mm1_number_at",
    "mm1_shortest_first_mean_latency",
    "mm1_srpt_mean_latency",
    "mm1_wait_asymptotic_variance",
    "most_mirrored_share",
    "mmc_latency_quantile",
    "mmc_mean_latency",
    "mmc_mean_wait",
    "mmc_priority_mean_waits",
    "mmc_wait_probability",
    "mmc_wait_quantile",
    "mmpp_dispersion",
    "mmpp_m1",
    "mmpp_stationary",
    "modulo_moved_on_add",
    "no_think_latency_quantile",
    "outage",
    "outdated_quantile_s",
    "outdated_ratio",
    "passes_two_proportions",
    "poisson_exceeds",
    "poisson_quantile",
    "psi_noise_exceeds",
    "psi_noise_mean",
    "psi_of_shift",
    "redundancy_d_mean_latency",
    "requests_needed",
    "rice_crossings",
    "ring_largest_share",
    "ring_share_cv",
    "ring_smallest_share",
    "rolling_update_time",
    "round_robin_latency_quantile",
    "round_robin_mean_latency",
    "round_robin_mean_wait",
    "round_robin_wait_probability",
    "sampled_crossings",
    "scrape_sees",
    "separation_left",
    "separation_of_auc",
    "separation_of_sample",
    "shewhart_run_length",
    "shortest_of_two",
    "sliding_ttl_hit_ratio",
    "slow_start_bytes",
    "slow_start_rounds",
    "slow_start_stall",
    "square_root_staffing",
    "staffing_margin",
    "stampede_loads_per_expiry",
    "stampede_origin_rate",
    "stampede_stalled_ratio",
    "standard_error",
    "stationary",
    "supermarket_mean_latency",
    "threshold_for_alarms",
    "timeout_retry",
    "ttl_hit_ratio",
    "ttl_mean_age_at_hit",
    "ucb1_regret_bound",
    "usl_best_workers",
    "usl_throughput",
    "xfetch_expiry_probability",
    "xfetch_extra_loads",
    "xfetch_mean_gap",
    "zipf_probabilities",
]
