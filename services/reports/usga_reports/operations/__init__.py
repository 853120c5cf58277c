"""One verb a module: order a report, run a job, verify an artefact."""
