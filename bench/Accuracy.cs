// `bench accuracy`: how many digits of a least squares solution are right, here and elsewhere.
//
// The problems are those of tests/oracle: NIST's with certified answers, and others with exact ones. Peers get the columns as
// doubles and, where a polynomial is wanted, powers that they round themselves: none of them takes x and a degree to the answer.

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using LinearNets.FSharp;
using LinearNets.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearRegression;

namespace LinearNets.Bench;

internal static class Accuracy
{
    /// <summary>The table, as Markdown.</summary>
    internal static string Table()
    {
        string folder = Path.Combine(Results.Folder(), "..", "tests", "oracle");
        string[] files = [Path.Combine(folder, "nist.txt"), Path.Combine(folder, "exact-least-squares.txt")];
        Problem[][] problems = [.. files.Select(Problem.Read)];
        Problem[] all = [.. problems.SelectMany(group => group)];
        List<Column> columns = [.. Python(files), MathNet(all), Ours(all)];

        var text = new StringBuilder();
        text.AppendLine("# Correct digits of least squares").AppendLine();
        text.AppendLine("The correct digits of the worst coefficient, intercepts among them: −log₁₀ of the relative error; for an answer of 0, of the")
            .AppendLine("share of y that the coefficient explains. Below 1 nothing is right, and −2 is wrong by a factor of 100. – where the peer has no")
            .AppendLine("words for the problem. NIST's answers have 15 digits, the others are exact for the doubles of the problem; 17 is every bit.")
            .AppendLine();
        foreach (Column column in columns)
            text.AppendLine($"- {column.Name}: {column.Version}.");
        string head = string.Concat(columns.Where(column => column.Answers.Count > 0).Select(column => $" {column.Name} |"));
        string line = string.Concat(columns.Where(column => column.Answers.Count > 0).Select(_ => "--:|"));
        foreach ((string title, Problem[] group, int most) in new[] { ("NIST", problems[0], 15), ("exact", problems[1], 17) })
        {
            text.AppendLine().AppendLine($"| {title} | | condition |{head}").AppendLine($"|---|---|--:|{line}");
            foreach (Problem problem in group.Where(problem => problem.Coefficients.Length > 0))
            {
                string about = problem.About.Replace("|", "\\|", StringComparison.Ordinal);
                text.Append(CultureInfo.InvariantCulture, $"| {problem.Name} | {about} | {problem.Condition} |");
                foreach (Column column in columns.Where(column => column.Answers.Count > 0))
                    text.Append(CultureInfo.InvariantCulture, $" {Cell(problem, column, most)} |");
                text.AppendLine();
            }
        }

        text.AppendLine().AppendLine("Where columns are combinations of others, the digits are those of the shortest weights, which LinearNets gives when asked")
            .AppendLine("to. What it says of a problem that it does not solve without being asked:").AppendLine();
        foreach (Problem problem in all)
        {
            if (Refusal(problem) is { } refusal)
                text.AppendLine(CultureInfo.InvariantCulture, $"- {problem.Name}: {refusal}");
        }

        return text.ToString();
    }

    private static string Cell(Problem problem, Column column, int most)
    {
        if (!column.Answers.TryGetValue(problem.Name, out Answer? answer))
            return "–";
        double digits = answer.Failure is null ? Math.Min(most, problem.Digits(answer)) : 0;
        // Without a sign where it rounds to 0.
        return answer.Failure ?? (double.IsFinite(digits) ? digits.ToString("0.0;-0.0;0.0", CultureInfo.InvariantCulture) : "not finite");
    }

    /// <summary>What peers/accuracy.py answers: a column for each peer, empty for one that is missing.</summary>
    private static List<Column> Python(string[] files)
    {
        var start = new ProcessStartInfo(
            File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", [Path.Combine(Results.Folder(), "peers", "accuracy.py"), .. files])
        {
            RedirectStandardOutput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                return [new("Python", $"left out: exit code {process.ExitCode}", [])];
            using JsonDocument json = JsonDocument.Parse(output);
            return
            [
                .. json.RootElement.GetProperty("peers").EnumerateObject().Select(peer => new Column(
                    peer.Name,
                    peer.Value.GetString()!,
                    json.RootElement.GetProperty("answers").GetProperty(peer.Name).EnumerateObject().ToDictionary(
                        answer => answer.Name,
                        answer => Answer.Of(answer.Value)))),
                .. json.RootElement.GetProperty("missing").EnumerateObject().Select(
                    peer => new Column(peer.Name, $"left out: {peer.Value.GetString()}", [])),
            ];
        }
        catch (Win32Exception e)
        {
            return [new("Python", $"left out: {e.Message}", [])];
        }
    }

    /// <summary>MathNet.Numerics by its QR, a target at a time.</summary>
    private static Column MathNet(IEnumerable<Problem> problems)
    {
        var answers = new Dictionary<string, Answer>();
        foreach (Problem problem in problems.Where(problem => problem.Penalty == 0 && problem.Coefficients.Length > 0))
        {
            try
            {
                Matrix<double> x = Matrix<double>.Build.DenseOfRowArrays(problem.Design());
                Matrix<double> y = Matrix<double>.Build.DenseOfRowArrays(problem.Weighted(problem.Y));
                double[][] w = MultipleRegression.QR(x, y).ToRowArrays();
                answers[problem.Name] = problem.HasIntercept ? new(w[..^1], w[^1]) : new(w, new double[problem.Outputs]);
            }
            catch (ArgumentException)
            {
                answers[problem.Name] = new([], [], "refused");
            }
        }

        return new("MathNet QR", $"MathNet.Numerics {typeof(MultipleRegression).Assembly.GetName().Version}, MultipleRegression.QR", answers);
    }

    private static Column Ours(IEnumerable<Problem> problems)
    {
        var answers = new Dictionary<string, Answer>();
        foreach (Problem problem in problems.Where(problem => problem.Coefficients.Length > 0))
        {
            try
            {
                Tensor[] parameters = [.. Solve(problem, problem.IsDeficient ? RankDeficiency.MinimumNorm : RankDeficiency.Error).parameters];
                double[,] w = parameters[0].toArray2D<double>();
                answers[problem.Name] = new(
                    [.. Enumerable.Range(0, w.GetLength(0)).Select(j => Enumerable.Range(0, w.GetLength(1)).Select(k => w[j, k]).ToArray())],
                    parameters[1].toArray1D<double>());
            }
            catch (LinearNetsException)
            {
                answers[problem.Name] = new([], [], "refused");
            }
        }

        return new("LinearNets", "Exact.run; powers by its own door", answers);
    }

    private static ExactFit Solve(Problem problem, RankDeficiency deficiency)
    {
        ExactSettings defaults = Exact.defaults;
        var settings = new ExactSettings(
            problem.HasIntercept,
            PenaltyModule.l2(problem.Penalty),
            problem.Degree,
            deficiency,
            defaults.weightKind,
            defaults.threads,
            defaults.cancellation);
        Dataset data = Dataset.From(problem.X, problem.Y);
        return Exact.run(settings, problem.Weights is { Length: > 0 } weights ? data.WithWeights(weights) : data);
    }

    /// <summary>What it says of a problem that it does not solve unless it is told how; null if it does.</summary>
    private static string? Refusal(Problem problem)
    {
        try
        {
            Solve(problem, RankDeficiency.Error);
            return null;
        }
        catch (LinearNetsException e)
        {
            return e.Message;
        }
    }

    private sealed record Column(string Name, string Version, Dictionary<string, Answer> Answers);

    /// <summary>A row of weights for each coefficient, a number for each output; or why there is no answer.</summary>
    private sealed record Answer(double[][] Weights, double[] Biases, string? Failure = null)
    {
        internal static Answer Of(JsonElement json) =>
            json.ValueKind == JsonValueKind.String
                ? new([], [], json.GetString())
                : new([.. json[0].EnumerateArray().Select(Numbers)], Numbers(json[1]));

        private static double[] Numbers(JsonElement json) => [.. json.EnumerateArray().Select(number => number.GetDouble())];
    }

    /// <summary>A problem in the words of tests/oracle/exact-least-squares.txt.</summary>
    private sealed class Problem(string[][] lines)
    {
        internal string Name => Words("problem")[0];

        internal string About => string.Join(' ', Words("about"));

        internal string Condition => Words("condition") is [var number] ? number : "–";

        internal bool HasIntercept => Words("intercept") is ["yes"];

        internal double Penalty => Number("lambda", 0);

        internal double[][] X => Rows("x");

        internal double[][] Y => Rows("y");

        internal int Degree => (int)Number("degree", 1);

        /// <summary>None where all rows count the same.</summary>
        internal double[] Weights => [.. Words("weights").Select(Parse)];

        /// <summary>Whether columns are combinations of others.</summary>
        internal bool IsDeficient => Words("dependent").Length > 0;

        internal int Outputs => Y[0].Length;

        internal double[][] Coefficients => Rows("coefficients");

        internal static Problem[] Read(string file)
        {
            string[][] lines = [.. File.ReadLines(file).Where(line => !line.StartsWith('#')).Select(line => line.Split(' ')).Where(words => words.Length > 1)];
            int[] starts = [.. Enumerable.Range(0, lines.Length).Where(i => lines[i][0] == "problem"), lines.Length];
            return [.. starts.Zip(starts.Skip(1), (first, next) => new Problem(lines[first..next]))];
        }

        /// <summary>Columns as doubles, powers included, then ones for an intercept, each row times the root of its weight.</summary>
        internal double[][] Design() =>
            Weighted([.. Features().Select(row => HasIntercept ? [.. row, 1.0] : row)]);

        internal double[][] Weighted(double[][] rows) =>
            [.. rows.Zip(EachWeight(), (row, weight) => row.Select(value => Math.Sqrt(weight) * value).ToArray())];

        internal double Digits(Answer answer)
        {
            double[] weights = EachWeight();
            double[][] features = Features();
            double[] intercepts = [.. Words("intercepts").Select(Parse)];
            double worst = 17;
            for (int k = 0; k < Outputs; k++)
            {
                double share = 1 / Length([.. Y.Select(row => row[k])], weights);
                for (int j = 0; j < Coefficients.Length; j++)
                    worst = Math.Min(worst, Right(Length([.. features.Select(row => row[j])], weights) * share, Coefficients[j][k], answer.Weights[j][k]));
                worst = Math.Min(worst, Right(Math.Sqrt(weights.Sum()) * share, intercepts[k], answer.Biases[k]));
            }

            return worst;
        }

        private static double Right(double size, double expected, double actual)
        {
            double error = expected == 0 ? Math.Abs(actual) * size : Math.Abs((actual / expected) - 1);
            return error == 0 ? 17 : double.IsFinite(error) ? -Math.Log10(error) : double.NegativeInfinity;
        }

        private double Length(double[] column, double[] weights)
        {
            double mean = HasIntercept ? column.Zip(weights, (v, s) => s * v).Sum() / weights.Sum() : 0;
            return Math.Sqrt(column.Zip(weights, (v, s) => s * (v - mean) * (v - mean)).Sum());
        }

        private double[] EachWeight() => Weights is { Length: > 0 } given ? given : [.. Y.Select(_ => 1.0)];

        private double[][] Features() => Degree == 1
            ? X
            : [.. X.Select(row => Enumerable.Range(1, Degree).Select(power => Math.Pow(row[0], power)).ToArray())];

        private string[] Words(string word) => lines.FirstOrDefault(line => line[0] == word)?[1..] ?? [];

        private double Number(string word, double otherwise) => Words(word) is [var number] ? Parse(number) : otherwise;

        private double[][] Rows(string word) => [.. lines.Where(line => line[0] == word).Select(line => line[1..].Select(Parse).ToArray())];

        private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);
    }
}
