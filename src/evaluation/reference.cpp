#include "evaluation/reference.hpp"

#include <utility>

namespace cupel {
namespace {

RealProfiles profiles_of(const Source& source, ControlSummary control, Matrix<double> bulk,
                         Backend& backend) {
  RealProfiles real{std::move(control), std::move(bulk), {}};
  if (real.bulk.rows() > 0) {
    real.delta = effects_of(*source.screen, std::as_const(real.bulk).view(), real.control,
                            *source.conventions, backend);
  }
  return real;
}

}  // namespace

Matrix<double> on_host(const Matrix<double>& matrix, Backend& backend) {
  auto host = make_host_matrix<double>(matrix.rows(), matrix.cols());
  backend.download(matrix.view(), {host.view().data, static_cast<std::size_t>(host.view().size())});
  return host;
}

RealProfiles summarise_real(const Method& method, Source& real, const Grouping& grouping,
                            Backend& backend, Console& console, RealTables& tables) {
  const auto& c = *real.conventions;
  auto control =
      summarise_control(*real.screen, grouping, c, method.request, *real.watch, backend, console);
  auto side = summarise_perturbations(*real.screen, grouping, control, c, method.request,
                                      *real.watch, backend, console);
  tables.fingerprint = control.fingerprint + side.fingerprint;
  tables.order = control.order + side.order;
  real.record.fingerprint += tables.fingerprint;
  const auto& genes = real.screen->genes();
  tables.grouping = &grouping;
  tables.conventions = real.conventions.get();
  tables.own_gene = own_genes(grouping.perturbations, genes, method.target_genes);
  tables.own_tested_gene = own_genes(grouping.perturbations, side.de.features, method.target_genes);
  tables.de = std::move(side.de);
  tables.correction = std::move(side.correction);
  tables.energy = std::move(side.energy);
  return profiles_of(real, std::move(control), std::move(side.bulk), backend);
}

RealProfiles copy_real(const Method& method, const Source& real, const Grouping& grouping,
                       const Matrix<double>& bulk, Backend& backend, Console& console) {
  const auto& c = *real.conventions;
  auto& screen = *real.screen;
  ValueWatch watch(screen, c, false);
  return profiles_of(
      real, summarise_control(screen, grouping, c, method.request, watch, backend, console),
      backend.upload(bulk.view()), backend);
}

}  // namespace cupel
