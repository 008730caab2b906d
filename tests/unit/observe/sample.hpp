// A run of three stages, somewhere in the middle.
#pragma once

#include "penstock/report.hpp"

namespace penstock {

inline StageReport sample_stage(const std::string& name, std::uint64_t done) {
  StageReport stage;
  stage.name = name;
  stage.in = done;
  stage.done = done;
  return stage;
}

inline Report sample_report() {
  Report report;
  report.pipeline = "wordcount";
  report.in = 1024;
  report.done = 800;
  report.dead = 3;
  report.pending = 221;
  report.seconds = 8;
  report.stages = {sample_stage("chunks", 1024), sample_stage("counts", 900),
                   sample_stage("save", 800)};
  report.stages[0].running = 1;
  report.stages[1].queued = 119;
  report.stages[1].running = 2;
  report.stages[1].dead = 3;
  report.stages[2].queued = 100;
  return report;
}

}  // namespace penstock
