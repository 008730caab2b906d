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
  report.stages[0].source = true;
  report.stages[0].running = 1;
  report.stages[1].queued = 119;
  report.stages[1].running = 2;
  report.stages[1].dead = 3;
  report.stages[2].queued = 100;
  report.stages[0].workers = report.stages[2].workers = 1;
  report.stages[1].workers = 4;
  return report;
}

// Of which the source knows how many items there will be.
inline Report sized_report() {
  Report report = sample_report();
  report.stages[0].total = 2400;
  return report;
}

}  // namespace penstock
