"""Bounces, delays, complaints and automatic replies: what a returned message says, whoever wrote it."""

from digest.audience.bounces.classify import classify
from digest.audience.bounces.report import Kind, Report

__all__ = ["Kind", "Report", "classify"]
