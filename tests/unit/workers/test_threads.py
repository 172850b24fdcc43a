from __future__ import annotations

from threadpoolctl import threadpool_info, threadpool_limits

from models.engines.base import Engine
from workers.in_process import InProcessPool, PoolConfig


def blas_threads() -> list[int]:
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


async def test_blas_starts_no_threads_beside_the_workers() -> None:
    def load(model: str) -> Engine:
        raise NotImplementedError

    with threadpool_limits(limits=2, user_api="blas"):
        assert set(blas_threads()) == {2}
        async with InProcessPool(load, PoolConfig(workers=1)):
            assert set(blas_threads()) == {1}
