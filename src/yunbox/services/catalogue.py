"""All RPC and ROA products, whose actions are imported when a product is first asked for one."""

from __future__ import annotations

from yunbox.api.product import Catalogue
from yunbox.services.alb.product import alb
from yunbox.services.cas.product import cas
from yunbox.services.cms.product import cms
from yunbox.services.ecs.product import ecs
from yunbox.services.ess.product import ess
from yunbox.services.location.product import location
from yunbox.services.pts.product import pts
from yunbox.services.ram.product import ram
from yunbox.services.resourcemanager.product import resourcemanager
from yunbox.services.slb.product import slb
from yunbox.services.sts.product import sts
from yunbox.services.vpc.product import vpc

CATALOGUE = Catalogue(
    (
        ecs,
        vpc,
        slb,
        alb,
        cas,
        cms,
        ess.old,
        ess.new,
        pts,
        ram,
        sts,
        location,
        resourcemanager,
    )
)
