"""A driver on a cluster: queries of definitions in, tables of sums out."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from usga_indicators.domain.portable import Run, sql_of

from tools.spark.cluster import importable

_COMPILED = "-XX:-DontCompileHugeMethods"


@contextlib.contextmanager
def session(master: str, *, memory: str = "1g") -> Iterator[Any]:
    """A Spark session; no Python runs on the workers."""
    importable()
    from pyspark.sql import SparkSession  # type: ignore[import-not-found]  # noqa: PLC0415

    _ = ibis.pyspark  # the dialect's options come with the backend

    spark = (
        SparkSession.builder.master(master)
        .appName("usga")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.executor.memory", memory)
        .config("spark.executor.cores", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "4")
        # both workers read, however small the files
        .config("spark.sql.files.minPartitionNum", "4")
        .config("spark.sql.files.openCostInBytes", "1048576")
        # one shuffle of few rows has nothing to adapt, and a hundred columns no filters to infer:
        # planning would take longer than the query
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.constraintPropagation.enabled", "false")
        # a worker that others keep from its core is slow, not lost
        .config("spark.network.timeout", "900s")
        .config("spark.executor.heartbeatInterval", "60s")
        # queries have some hundred columns: above these limits rows would be interpreted
        .config("spark.sql.codegen.maxFields", "5000")
        .config("spark.sql.codegen.hugeMethodLimit", "65535")
        # ... and without this Java would interpret what Spark compiles for them
        .config("spark.executor.extraJavaOptions", _COMPILED)
        .config("spark.driver.extraJavaOptions", _COMPILED)
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


def runner(spark: Any, **tables: Path) -> Run:
    """Answers queries about tables, each a Parquet file or folder."""
    for name, path in tables.items():
        spark.read.parquet(str(path.resolve())).createOrReplaceTempView(name)

    def run(query: Any) -> pa.Table:
        table: pa.Table = spark.sql(sql_of(query, "pyspark")).toArrow()
        return table

    return run
