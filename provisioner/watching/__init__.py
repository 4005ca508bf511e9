"""How a job is doing from run to run: quarantine, incidents and alerts, the schedule."""
