"""Pictures of reports and of one journey, as SVG or PNG, in Swedish or English."""

from projections.plots.aftercare import aftercare_plot
from projections.plots.bars import capacity_plot, yearly_plot
from projections.plots.drawing import Drawing, picture_format
from projections.plots.goal import goal_plot

__all__ = [
    "Drawing",
    "aftercare_plot",
    "capacity_plot",
    "goal_plot",
    "picture_format",
    "yearly_plot",
]
