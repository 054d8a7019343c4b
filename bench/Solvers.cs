// `bench solvers`: least squares, softmax regression by L-BFGS and the lasso's path, here and in others, turn by turn in one run.
//
// A round is ours, theirs; the ratio of a round is of two times next to each other. These take seconds, so a time is one run. What a
// run holds beyond its data, and what it found, stand beside the times: L-BFGS of ours goes as far as the peer's own final objective.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace LinearNets.Bench;

internal static class Solvers
{
    private const int Rounds = 3;

    // What a peer reaches is a number of its result by this name; ours goes as far.
    private const string Objective = "objective";

    private static readonly (string Title, string Work, string Peer, string PeerWork, string Reach)[] Comparisons =
    [
        ("least squares, 1e6×100 doubles", "least squares, Exact", "sklearn", "least squares, LinearRegression", Objective),
        ("least squares, 1e6×100 doubles", "least squares, Exact", "sklearn", "least squares, Ridge(cholesky)", Objective),
        ("least squares, 1e6×100 doubles", "least squares, Exact", "numpy", "least squares, syrk and solve", Objective),
        ("softmax regression with L2, 60000×784×10, to the peer's objective", "softmax regression, Lbfgs", "sklearn", "multinomial logistic, lbfgs", Objective),
        ("softmax regression with L2, 60000×784×10, to the peer's objective", "softmax regression, Lbfgs", "sklearn", "multinomial logistic, lbfgs, 100 steps", Objective),
        ("lasso, 100 λ on 1e4×1e3", "lasso path, 100 lambdas", "sklearn", "lasso path, 100 lambdas", Objective),
        ("20,000 documents × 50,000 sparse features, to the peer's log-loss", "documents, Lbfgs", "sklearn", "documents, SGDClassifier(log_loss)", "log-loss"),
        ("20,000 documents × 50,000 sparse features, to the peer's log-loss and penalty", "documents, Lbfgs", "sklearn", "documents, SGDClassifier(log_loss)", Objective),
        ("the same from a file of LIBSVM, to the peer's log-loss", "documents, file and Lbfgs", "sklearn", "documents, load_svmlight_file and SGDClassifier(log_loss)", "log-loss"),
        ("the same from a file of LIBSVM, to the peer's log-loss and penalty", "documents, file and Lbfgs", "sklearn", "documents, load_svmlight_file and SGDClassifier(log_loss)", Objective),
    ];

    /// <summary>The table, as Markdown.</summary>
    internal static string Table()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("linearnets-bench-");
        var children = new Dictionary<string, Child>();
        try
        {
            SolverWorks.Share(folder.FullName);
            children["ours"] = Child.Ours("", folder.FullName);
            children["sklearn"] = Child.Python("sklearn_training", threads: 2, blas: 2, folder.FullName);
            children["numpy"] = Child.Python("numpy_training", threads: 2, blas: 2, folder.FullName);
            var text = new StringBuilder();
            text.AppendLine("# Solvers beside others").AppendLine();
            text.AppendLine($"{Peers.Processor()}, {Environment.ProcessorCount} cores; .NET {Environment.Version}. {Rounds} rounds of ours, theirs; times are "
                + "their median, the ratio is theirs to ours, its median over the rounds, lowest and highest: below 1 is a loss. MB are what a run");
            text.AppendLine("holds at most beyond what there was when its data had been made.").AppendLine();
            foreach ((string name, Child child) in children.Where(entry => entry.Key != "ours"))
                text.AppendLine(child.Missing is { } reason ? $"- {name} is left out: {reason}." : $"- {name}: {child.Peer}; {child.Environment}.");
            text.AppendLine().AppendLine("| work | ours | ms | MB | found | theirs | ms | MB | found | theirs / ours |").AppendLine("|---|---|--:|--:|---|---|--:|--:|---|--:|");
            foreach ((string title, string work, string peer, string peerWork, string reach) in Comparisons)
            {
                Child ours = children["ours"], theirs = children[peer];
                if (theirs.Missing is not null)
                    continue;

                // Once each without looking: to make data, and code; and to know how far the peer goes.
                double? target = Once(theirs, peerWork, null).Result?.TryGetValue(reach, out double reached) == true ? reached : null;
                Ours(ours, work, target, reach);
                (Outcome Ours, Outcome Theirs)[] rounds =
                    [.. Enumerable.Range(0, Rounds).Select(_ => (Ours(ours, work, target, reach), Once(theirs, peerWork, null)))];
                double[] ratios = [.. rounds.Select(round => round.Theirs.Median / round.Ours.Median)];
                text.AppendLine($"| {title} | {work} | {Cells(rounds.Select(round => round.Ours))} | {peer}: {peerWork} | {Cells(rounds.Select(round => round.Theirs))} | "
                    + $"{Works.Median(ratios):G3} ({ratios.Min():G3}–{ratios.Max():G3}) |");
                Console.Error.WriteLine($"{work} / {peerWork}: {Works.Median(ratios):G3}");
            }

            return text.ToString();
        }
        finally
        {
            foreach (Child child in children.Values)
                child.Dispose();
            folder.Delete(recursive: true);
        }
    }

    private static Outcome Once(Child child, string work, double? target) => child.Run(work, 0, 1, target);

    /// <summary>The works that go to a log-loss have names of their own.</summary>
    private static Outcome Ours(Child child, string work, double? target, string reach) =>
        Once(child, reach == Objective ? work : $"{work}, to a {reach}", target);

    private static string Cells(IEnumerable<Outcome> outcomes)
    {
        Outcome[] all = [.. outcomes];
        string extra = all.All(outcome => outcome.Extra is not null) ? $"{Works.Median(all.Select(outcome => outcome.Extra!.Value)):F0}" : "–";
        string found = all[0].Result is { } result
            ? string.Join(", ", result.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value:G7}")))
            : "–";
        return $"{Works.Median(all.Select(outcome => outcome.Median)):G4} | {extra} | {found}";
    }
}
