"""What the diagram says in words."""

from simulator.scenario import parse
from simulator.ui.diagram import depth, edges, table
from tests.small_case import TEXT, scaled


def test_the_words_name_every_part_what_it_is_and_whom_it_calls():
    users, api = table(parse(TEXT, "small.yaml", None), None)
    assert users == {"Part": "users", "What it is": "50/s on average", "Calls": "api"}
    assert api == {"Part": "api", "What it is": "server, has a slowdown", "Calls": "nobody"}


def test_of_replicas_that_come_and_go_those_of_the_beginning_are_told():
    *_, api = table(parse(scaled(), "small.yaml", None), None)
    assert api["What it is"] == "server × 1 at first, has a slowdown"


def test_a_component_called_users_is_not_the_users():
    text = TEXT.replace("entry: api", "entry: users").replace("    api:\n", "    users:\n", 1)
    text = text.replace("of: api,", "of: users,").replace("components.api", "components.users")
    scenario = parse(text.replace("api.utilization", "users.utilization"), "small.yaml", None)
    ((caller, called),) = edges(scenario)
    assert called == "users" != caller
    assert [each["Part"] for each in table(scenario, None)] == ["users", "users"]
    assert depth(scenario) == 2


def test_users_who_come_again_are_not_given_a_rate():
    text = TEXT.replace(
        "{kind: poisson, rate: 50/s}", "{kind: closed_loop, users: 5, think_time: 1s}"
    )
    text = text.replace("  - {path: workload.arrivals.rate, label: Requests a second,", "  # {")
    assert table(parse(text, "small.yaml", None), None)[0]["What it is"] == "closed loop"


def test_rare_requests_are_counted_by_the_hour():
    text = TEXT.replace("rate: 50/s", "rate: 30/h").replace("range: [10, 100]", "range: [1/h, 1]")
    assert table(parse(text, "small.yaml", None), None)[0]["What it is"] == "30/h on average"
