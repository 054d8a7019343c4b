// Two models from data to predictions: what houses cost, and which garment a picture shows.
//
//   dotnet run --project examples/CSharp.Quickstart [FOLDER]
//
// With a folder that has Fashion-MNIST's four files it learns from photographs; without one from drawings made by a seed.

using System;
using System.IO;
using System.Linq;
using LinearNets;
using Spectre.Console;

// ---- Houses: numbers from numbers ---------------------------------------------------------------------------------------

Dataset houses = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "houses.csv"), new CsvSettings { Target = "price" });
var (known, kept) = houses.Split(share: 0.2, seed: 1);
Console.WriteLine(houses);

LinearModel price = new LinearRegression().Fit(known);
Console.WriteLine($"\n{price}\n\n{price.Inference}\n\nOn {kept.Rows} houses it has not seen:\n{price.Evaluate(kept)}\n");
foreach (double[] house in new double[][] { [120, 7], [80, 30], [150, 60] })
    Console.WriteLine($"{house[0]} m², {house[1]} years: {price.Predict(house):F0} thousand");

// ---- Garments: classes from pixels --------------------------------------------------------------------------------------

var (train, test) = args is [var folder] ? Dataset.FashionMnist(folder) : Synthetic.Garments(train: 10_000, test: 2_000);
Console.WriteLine($"\n{train}\n");

const int Epochs = 20;
var settings = new SoftmaxClassifier { Solver = new Sgd { LearningRate = 0.1, BatchSize = 256, Epochs = Epochs } };
SoftmaxModel garments = AnsiConsole.Progress()
    .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
    .Start(context =>
    {
        ProgressTask bar = context.AddTask("epochs", maxValue: Epochs);
        return settings.Fit(train, test, new Told(report =>
        {
            bar.Description = $"epoch {report.Epoch}, loss {report.Validation!.Value.Loss:F3}";
            bar.Increment(1);
        }));
    });

ClassificationScores scores = garments.Evaluate(test);
Console.WriteLine($"{garments}\n\n{scores}\n\n{scores.ConfusionMatrix}\n");
string[] guesses = garments.PredictLabel(test);
Console.WriteLine("The first pictures: " + string.Join(", ", Enumerable.Range(0, 5).Select(row => $"{test.ClassName(row)} → {guesses[row]}")));

string page = Path.GetFullPath("garments.html", AppContext.BaseDirectory);
garments.Report(test).Save(page);
Console.WriteLine($"Scores, mistakes and weights on one page: {page}");

/// <summary>Tells at once; `Progress` of .NET would post to another thread.</summary>
internal sealed class Told(Action<EpochReport> tell) : IProgress<EpochReport>
{
    public void Report(EpochReport value) => tell(value);
}
