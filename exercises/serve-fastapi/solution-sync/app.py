"""Starts the service; what it does stands in late_service/."""

from late_service.web import run

if __name__ == "__main__":
    run()
