"""What predictive rules foresee, as it is asked: in memory, and through the official SDK."""

from __future__ import annotations

import msgspec
from ess_clients import Scaling
from ess_in_memory import GROUP, ScalingCloud, run
from services.ecs.ecs_in_memory import ACCOUNT, REGION, START

from yunbox.api.resource import minutes
from yunbox.services.ess.decisions.forecast import Task
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.foretold import (
    QueryPredictiveMetric,
    QueryPredictiveTaskInfo,
    QueryPredictiveValue,
    query_predictive_metric,
    query_predictive_task_info,
    query_predictive_value,
)
from yunbox.services.ess.rules.model import ScalingRule

HOUR = 3600.0
SPAN = {"start_time": minutes(START), "end_time": minutes(START + 2 * HOUR)}


def test_what_a_rule_foresees_is_answered_by_the_hour() -> None:
    async def work(cloud: ScalingCloud) -> None:
        cloud.group()
        # Tasks run a quarter of an hour ahead.
        ahead = [Task(START + n * HOUR - 900, n, n + 2, 100.0 * n) for n in range(5)]
        cloud.store_all(
            ScalingRule(
                id="asr-1",
                account=ACCOUNT,
                region=REGION,
                parent=GROUP,
                type="PredictiveScalingRule",
                metric_name="CpuUtilization",
                target=50.0,
                predictive_buffer_minutes=15,
                state={"forecast": msgspec.json.encode(ahead).decode()},
            )
        )
        asked = QueryPredictiveTaskInfo(scaling_rule_id="asr-1", **SPAN)
        infos = cloud.do(query_predictive_task_info, asked, ess.new).task_infos.task_info
        assert [(each.min_value, each.max_value) for each in infos] == [(1, 3), (2, 4)]
        assert infos[0].time == minutes(START + 0.75 * HOUR)
        named = {"scaling_group_id": GROUP, "metric_name": "CpuUtilization", **SPAN}
        metrics = cloud.do(query_predictive_metric, QueryPredictiveMetric(**named), ess.new)
        values = [each.metric_value for each in metrics.predictive_metrics.predictive_metric]
        assert values == ["0", "100", "200"]
        needed = cloud.do(query_predictive_value, QueryPredictiveValue(target_value=40.0, **named), ess.new)
        assert [each.value for each in needed.predictive_values.predictive_value] == [0, 3, 5]

    run(work)


def test_nothing_is_foreseen_without_history(scaling: Scaling) -> None:
    group = scaling.group()
    rule = scaling.do(
        "CreateScalingRule",
        scaling_group_id=group,
        scaling_rule_type="PredictiveScalingRule",
        metric_name="CpuUtilization",
        target_value=50.0,
    ).scaling_rule_id
    found = scaling.do("QueryPredictiveTaskInfo", scaling_rule_id=rule, **SPAN)
    assert not found.task_infos.task_info
    named = {"scaling_group_id": group, "metric_name": "CpuUtilization"}
    assert not scaling.do("QueryHistoricalMetric", **named, **SPAN).historical_metrics.historical_metric
