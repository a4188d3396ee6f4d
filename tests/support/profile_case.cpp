#include "support/profile_case.hpp"

#include "stats/aggregate.hpp"

namespace cupel::test {

ProfileCase::ProfileCase(Backend& backend, Input input)
    : backend_(backend),
      input_(std::move(input)),
      real_bulk_(to_backend(backend, input_.real)),
      pred_bulk_(to_backend(backend, input_.pred)),
      control_(to_backend(backend, input_.real_control)),
      real_delta_(backend.subtract_row(real_bulk_.view(), control_.view())) {
  if (input_.weights.values.empty()) {
    input_.weights = input_.real;
    std::ranges::fill(input_.weights.values, 1.0);
  }
  if (input_.pred_control.values.empty()) {
    pred_delta_ = backend.subtract_row(pred_bulk_.view(), control_.view());
  } else {
    const auto own = to_backend(backend, input_.pred_control);
    pred_delta_ = backend.subtract_row(pred_bulk_.view(), own.view());
  }
}

Case ProfileCase::as_case() const {
  Case c;
  c.perturbations = input_.perturbations;
  c.conventions = &input_.conventions;
  c.real_bulk = real_bulk_.view();
  c.pred_bulk = pred_bulk_.view();
  c.real_delta = real_delta_.view();
  c.pred_delta = pred_delta_.view();
  c.control_bulk = control_.view();
  c.own_gene = input_.own_gene;
  c.bulk_total = input_.bulk_total;
  c.real_correction = input_.real_correction;
  c.pred_correction = input_.pred_correction;
  c.control_correction = input_.control_correction;
  c.real_energy = input_.real_energy;
  c.pred_energy = input_.pred_energy;
  c.weights = {input_.weights.values.data(), input_.weights.rows, input_.weights.cols};
  return c;
}

std::vector<Score> ProfileCase::raw(const std::string& metric) const {
  const Metric& found = find_metric(metric);
  return found.compute(as_case(), found, backend_);
}

std::vector<Score> ProfileCase::scores(const std::string& metric) const {
  return fill_undefined(raw(metric), find_metric(metric), input_.conventions.aggregation.fill);
}

}  // namespace cupel::test
