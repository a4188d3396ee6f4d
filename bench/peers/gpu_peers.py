"""gpu_peers.py FILE.h5ad PROFILES [DEVICE]: the ops of bench/device_bench.cpp in PyTorch and CuPy.

Written as these libraries are used for the job: whole-array calls, in double where cupel computes in
double. Each op gives one line of JSON: its name, the library, the median seconds of five runs after
a warm-up (input on the device, output on the device), and a sum of the result that must equal
cupel's. An op that fails gives its reason instead. Needs h5py and torch; CuPy and gpudge where they
are installed.

This was written on a machine without a GPU: it ran on the CPU (DEVICE cpu) alone.
"""
import json
import statistics
import sys
import time
import traceback

CONTROL = "non-targeting"
RUNS = 5
MODULUS = 1 << 52


def answer(**fields):
    print(json.dumps(fields), flush=True)


class Screen:
    """Cells of a file, the control's first, then perturbation by perturbation in order of names."""

    def __init__(self, path):
        import h5py
        import numpy as np

        with h5py.File(path) as file:
            x = file["X"]
            indptr, indices, data = x["indptr"][:], x["indices"][:], x["data"][:]
            self.n_genes = int(x.attrs["shape"][1])
            target = file["obs/target"]
            names = [name.decode() for name in target["categories"][:]]
            codes = target["codes"][:]
        groups = [CONTROL] + sorted(name for name in names if name != CONTROL)
        rank = np.array([groups.index(name) for name in names])[codes]
        order = np.argsort(rank, kind="stable")
        lengths = np.diff(indptr)[order]
        self.indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        take = np.repeat(indptr[:-1][order] - self.indptr[:-1], lengths) + np.arange(lengths.sum())
        self.indices = indices[take].astype(np.int64)
        self.data = data[take].astype(np.float32)
        self.group = np.sort(rank).astype(np.int64)
        self.n_groups = len(groups)
        self.start = np.searchsorted(self.group, np.arange(self.n_groups + 1))


class Torch:
    """The screen on the device, and each op on it."""

    def __init__(self, screen, device, profiles):
        import torch

        self.torch, self.device, self.profiles = torch, device, profiles
        to = lambda array: torch.from_numpy(array).to(device)
        self.indptr, self.indices, self.data = map(to, (screen.indptr, screen.indices, screen.data))
        self.group = to(screen.group)
        self.n_cells, self.n_genes = len(screen.group), screen.n_genes
        self.n_groups = screen.n_groups - 1  # perturbations
        self.start = [int(k) for k in screen.start]
        lengths = self.indptr[1:] - self.indptr[:-1]
        self.row = torch.repeat_interleave(torch.arange(self.n_cells, device=device), lengths)
        self.first = int(screen.indptr[self.start[1]])  # value of the first perturbed cell
        self.totals = self.row_totals()
        self.sums = self.group_moments_stored().reshape(self.n_groups, self.n_genes)
        self.bulk = self.bulk_lognorm()
        self.shifted = self.bulk - self.bulk[:1]
        generator = torch.Generator(device="cpu").manual_seed(1)
        draw = lambda: torch.randn(profiles, self.n_genes, dtype=torch.float64,
                                   generator=generator).to(device)
        self.predicted, self.real = draw(), draw()

    def synchronise(self):
        if self.device != "cpu":
            self.torch.cuda.synchronize()

    def zeros(self, size, dtype=None):
        return self.torch.zeros(size, dtype=dtype or self.torch.float64, device=self.device)

    # --- cells ---

    def row_totals(self):
        return self.zeros(self.n_cells).index_add_(0, self.row, self.data.double())

    def place_of(self):
        """Of each perturbed value, in groups × genes."""
        return (self.group[self.row[self.first:]] - 1) * self.n_genes + self.indices[self.first:]

    def group_moments_stored(self):
        out = self.zeros(self.n_groups * self.n_genes)
        return out.index_add_(0, self.place_of(), self.data[self.first:].double())

    def group_moments_all(self):
        place, size = self.place_of(), self.n_groups * self.n_genes
        count = self.data[self.first:].double()
        linear = count * (1e6 / self.totals)[self.row[self.first:]]
        log = linear.log1p()
        cells = self.zeros(self.n_groups).index_add_(
            0, self.group[self.row[self.first:]] - 1, log * log)
        return [self.zeros(size).index_add_(0, place, values) for values in (count, linear, log)], cells

    def jackknife(self):
        """The definition, group by group, cells × genes."""
        torch, out = self.torch, []
        for k in range(self.n_groups):
            begin, end = self.start[k + 1], self.start[k + 2]
            dense = self.dense_rows(begin, end)
            n = end - begin
            left = (dense.sum(0, keepdim=True) - dense)
            rest = (self.totals[begin:end].sum() - self.totals[begin:end]).unsqueeze(1)
            v = torch.log1p(5e4 * left / rest)
            out.append((n - 1) / n * (v - v.mean(0, keepdim=True)).square().sum())
        return torch.stack(out)

    def dense_rows(self, begin, end):
        part = slice(int(self.indptr[begin]), int(self.indptr[end]))
        dense = self.zeros((end - begin) * self.n_genes)
        dense[(self.row[part] - begin) * self.n_genes + self.indices[part]] = self.data[part].double()
        return dense.reshape(end - begin, self.n_genes)

    # --- rank test, dense gene by gene as torch has no ragged sort ---

    def by_gene(self):
        """Float counts per million, sorted by gene: where each gene begins, cells and values."""
        torch = self.torch
        values = self.data * (1e6 / self.totals).float()[self.row]
        order = torch.argsort(self.indices, stable=True)
        begin = torch.searchsorted(self.indices[order],
                                   torch.arange(self.n_genes + 1, device=self.device))
        return begin.tolist(), self.row[order], values[order]

    def rank_sums_f32_linear(self, chunk=256):
        """2U and tie sums of every perturbation and gene; the control is sorted once."""
        torch = self.torch
        begin, row, value = self.by_gene()
        n_control = self.start[1]
        two_u = self.zeros((self.n_groups, self.n_genes), torch.int64)
        ties = self.zeros((self.n_groups, self.n_genes))
        cube = lambda t: t * t * t - t
        for gene in range(0, self.n_genes, chunk):
            last = min(gene + chunk, self.n_genes)
            part = slice(begin[gene], begin[last])
            genes = torch.repeat_interleave(
                torch.arange(last - gene, device=self.device),
                torch.tensor([begin[g + 1] - begin[g] for g in range(gene, last)],
                             device=self.device))
            dense = torch.zeros((last - gene, self.n_cells), dtype=torch.float32,
                                device=self.device)
            dense[genes, row[part]] = value[part]
            control = dense[:, :n_control].sort(dim=1).values
            runs = (torch.searchsorted(control, control, right=True)
                    - torch.searchsorted(control, control)).double()
            of_control = (cube(runs) / runs).sum(1)
            for k in range(self.n_groups):
                x = dense[:, self.start[k + 1]:self.start[k + 2]].sort(dim=1).values
                below = torch.searchsorted(control, x)
                to = torch.searchsorted(control, x, right=True)
                two_u[k, gene:last] = (below + to).sum(1)
                own = (torch.searchsorted(x, x, right=True) - torch.searchsorted(x, x)).double()
                theirs = (to - below).double()
                ties[k, gene:last] = of_control + (
                    (cube(own + theirs) - cube(theirs)) / own).sum(1)
        return two_u, ties

    def adjust_p_values(self):
        torch = self.torch
        p = self.bulk / self.bulk.max()
        values, order = p.sort(dim=1)
        rank = torch.arange(1, p.shape[1] + 1, device=self.device, dtype=torch.float64)
        adjusted = (values * p.shape[1] / rank).flip(1).cummin(dim=1).values.flip(1).clamp(max=1.0)
        return torch.empty_like(p).scatter_(1, order, adjusted)

    # --- profiles ---

    def bulk_lognorm(self):
        return (self.sums * (5e4 / self.sums.sum(1, keepdim=True))).log1p()

    def scale_rows(self):
        return self.sums * 0.5

    def log2_fold_change(self):
        return ((self.sums + 1e-9) / (self.sums[:1] + 1e-9)).log2()

    def row_differences(self):
        difference = self.bulk - self.shifted
        return difference.abs().sum(1), difference.square().sum(1)

    def row_pearson(self):
        a = self.bulk - self.bulk.mean(1, keepdim=True)
        b = self.shifted - self.shifted.mean(1, keepdim=True)
        return (a * b).sum(1) / (a.square().sum(1) * b.square().sum(1)).sqrt()

    def expm1(self):
        return self.bulk.expm1()

    def ranks(self, distance):
        own = distance.diagonal().unsqueeze(1)
        return (distance < own).sum(1), (distance == own).sum(1)

    def profile_ranks_l1(self):
        return self.ranks(self.torch.cdist(self.predicted, self.real, p=1.0))

    def profile_ranks_l2(self):
        return self.ranks(self.torch.cdist(self.predicted, self.real, p=2.0))

    def profile_ranks_cosine(self):
        norm = lambda x: x / x.norm(dim=1, keepdim=True)
        return self.ranks(1.0 - norm(self.predicted) @ norm(self.real).T)

    def check(self, op, result):
        """What cupel's benchmark gives as "check", where it gives one."""
        if op == "row_totals" or op == "group_moments_stored":
            return int(result.long().sum().item()) % MODULUS
        if op == "group_moments_all":
            return int(result[0][0].long().sum().item()) % MODULUS
        if op == "rank_sums_f32_linear":
            return int(result[0].sum().item()) % MODULUS
        return None

    OPS = ("row_totals", "group_moments_stored", "group_moments_all", "jackknife",
           "rank_sums_f32_linear", "adjust_p_values", "bulk_lognorm", "scale_rows",
           "log2_fold_change", "row_differences", "row_pearson", "expm1", "profile_ranks_l1",
           "profile_ranks_l2", "profile_ranks_cosine")


class CuPy:
    """Group sums alone: what the single-cell libraries on CuPy do with atomic additions."""

    def __init__(self, screen):
        import cupy
        import cupyx

        self.cupy, self.cupyx = cupy, cupyx
        lengths = screen.indptr[1:] - screen.indptr[:-1]
        first = screen.start[1]
        begin = int(screen.indptr[first])
        row_group = (screen.group[first:] - 1).repeat(lengths[first:])
        self.place = cupy.asarray(row_group * screen.n_genes + screen.indices[begin:])
        self.data = cupy.asarray(screen.data[begin:])
        self.size = (screen.n_groups - 1) * screen.n_genes

    def synchronise(self):
        self.cupy.cuda.get_current_stream().synchronize()

    def group_moments_stored(self):
        out = self.cupy.zeros(self.size, dtype="f8")
        self.cupyx.scatter_add(out, self.place, self.data.astype("f8"))
        return out

    def check(self, op, result):
        return int(result.astype("i8").sum()) % MODULUS

    OPS = ("group_moments_stored",)


def measure(library, peer):
    for op in peer.OPS:
        try:
            work = getattr(peer, op)
            seconds = []
            begin = time.perf_counter()
            result = work()
            peer.synchronise()
            first = time.perf_counter() - begin
            runs = RUNS if first < 10.0 else 1
            for _ in range(runs):
                result = None
                begin = time.perf_counter()
                result = work()
                peer.synchronise()
                seconds.append(time.perf_counter() - begin)
            answer(op=op, library=library, seconds=statistics.median(seconds),
                   check=peer.check(op, result))
        except Exception as error:  # one op's trouble is not another's
            answer(op=op, library=library, reason=reason(error))


def reason(error):
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


def gpudge_rank_test(path):
    import anndata
    import gpudge

    adata = anndata.read_h5ad(path)
    run = lambda: gpudge.de(adata, groupby="target", reference=CONTROL,
                            normalize_target_sum=1e6, epsilon=1e-9)
    run()
    begin = time.perf_counter()
    run()
    answer(op="rank_test_from_host", library=f"gpudge {gpudge.__version__}",
           seconds=time.perf_counter() - begin, check=None)


def main():
    path, profiles = sys.argv[1], int(sys.argv[2])
    device = sys.argv[3] if len(sys.argv) > 3 else "cuda"
    device = "cpu" if device == "cpu" else "cuda"
    try:
        screen = Screen(path)
    except Exception as error:
        traceback.print_exc()
        answer(op="all", library="h5py", reason=reason(error))
        return
    for library, start in (("torch", lambda: Torch(screen, device, profiles)),
                           ("cupy", lambda: CuPy(screen))):
        try:
            if library == "cupy" and device == "cpu":
                raise RuntimeError("CuPy needs a GPU")
            peer = start()
            version = __import__(library).__version__
        except Exception as error:
            answer(op="all", library=library, reason=reason(error))
            continue
        measure(f"{library} {version}", peer)
        del peer
    try:
        if device == "cpu":
            raise RuntimeError("gpudge needs a GPU")
        gpudge_rank_test(path)
    except Exception as error:
        answer(op="rank_test_from_host", library="gpudge", reason=reason(error))


main()
