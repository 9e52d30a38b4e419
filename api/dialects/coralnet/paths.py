"""Paths that this door points to, with the slash at their end."""


def status_path(job_id: int) -> str:
    return f"/api/deploy_job/{job_id}/status/"


def result_path(job_id: int) -> str:
    return f"/api/deploy_job/{job_id}/result/"
