// What a model says of itself: facts of its training, and what follows from them that it cannot do.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace LinearNets;

/// <summary>What a model was trained on and with which settings, how it scored and what it cannot do.</summary>
/// <remarks>It has facts alone, which the model knows: nobody is asked. Two cards are equal when they say the same, but for how long the
/// training took.</remarks>
/// <example><code>
/// SoftmaxModel model = new SoftmaxClassifier().Fit(Synthetic.Classes());
/// ModelCard card = model.Describe();
/// Console.WriteLine(card);
/// string page = card.ToMarkdown();
/// </code></example>
public sealed record ModelCard
{
    private const string SecondsName = "Seconds";

    private readonly string settings;

    internal ModelCard(TrainedModel model)
    {
        Title = Clean(model.CardTitle);
        Facts = Array.AsReadOnly<KeyValuePair<string, string>>([.. Known(model)
            .Where(fact => fact.Text.Length > 0)
            .Select(fact => KeyValuePair.Create(fact.Name, Clean(fact.Text)))]);
        Limits = Array.AsReadOnly<string>([.. Missing(model).Select(Clean)]);
        settings = JsonFields.Indented(model.Fact("settings"));
    }

    /// <summary>The kind of model, and the name of what it predicts.</summary>
    public string Title { get; }

    /// <summary>What is known, in the order of the card.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; }

    /// <summary>What the model cannot do, a sentence or two each.</summary>
    public IReadOnlyList<string> Limits { get; }

    /// <summary>Cards are equal when they say the same, but for the seconds of the training.</summary>
    /// <param name="other">The other card.</param>
    public bool Equals(ModelCard? other) => other is not null && Text(timeless: true) == other.Text(timeless: true);

    /// <summary>A hash that agrees with <see cref="Equals(ModelCard)"/>.</summary>
    public override int GetHashCode() => Title.GetHashCode(StringComparison.Ordinal);

    /// <summary>The card as text.</summary>
    public override string ToString() => Text(timeless: false);

    /// <summary>The card as Markdown: a table of the facts, the settings as JSON, a list of what the model cannot do.</summary>
    /// <remarks>Names of features, classes and files are quoted: no text of theirs becomes Markdown or HTML.</remarks>
    public string ToMarkdown()
    {
        var page = new StringBuilder($"# {Quoted(Title)}\n\n| | |\n|---|---|\n");
        foreach ((string name, string text) in Facts)
            page.Append(CultureInfo.InvariantCulture, $"| {name} | {Quoted(text)} |\n");
        if (settings.Length > 0)
            page.Append(CultureInfo.InvariantCulture, $"\n## Settings\n\n```json\n{settings}\n```\n");
        page.Append("\n## What it cannot do\n\n");
        foreach (string limit in Limits)
            page.Append(CultureInfo.InvariantCulture, $"- {Quoted(limit)}\n");
        return page.ToString();
    }

    private string Text(bool timeless)
    {
        var text = new StringBuilder(Title);
        foreach ((string name, string fact) in Facts.Where(fact => !timeless || fact.Key != SecondsName))
            text.Append(CultureInfo.InvariantCulture, $"\n  {name + ":",-22} {fact}");
        text.Append(settings.Length > 0 ? "\n\nSettings\n" + settings : "").Append("\n\nWhat it cannot do");
        foreach (string limit in Limits)
            text.Append("\n- ").Append(limit);
        return text.ToString();
    }

    private static IEnumerable<(string Name, string Text)> Known(TrainedModel model)
    {
        string[] rows = ClassRows(model);
        yield return ("Features", Listed(model.FeatureNames));
        yield return (model is LinearModel ? "Targets" : "Classes", Listed([.. model.OutputNames.Select((name, i) => rows.Length == 0 ? name : $"{name} ({rows[i]})")]));
        yield return ("Data", model.Fact("data"));
        yield return ("Source", model.Fact("source"));
        yield return ("The same in every row", model.Fact("constant"));
        yield return ("Began from", model.Fact("start"));
        yield return ("Seed", model.Fact("seed"));
        yield return ("Computed by", model.RuleUsed);
        yield return ("Converged", model.Convergence is Convergence how ? how.ToString() : model.Converged ? "yes" : "no");
        if (model.History.Count > 0)
        {
            EpochReport last = model.History[^1];
            yield return ("Epochs", $"{model.History.Count}");
            yield return ("On training rows", $"{last.After ?? last.Running}");
            EpochReport? best = model.History.Where(epoch => epoch.Validation is not null).MinBy(epoch => epoch.Validation!.Value.Loss);
            if (best is not null)
                yield return ("On validation rows", $"{last.Validation}; best {best.Validation}, in epoch {best.Epoch}");
        }

        foreach ((string name, string text) in model.CardScores())
            yield return (name, text);
        yield return (SecondsName, model.Fact("seconds"));
        yield return ("Library", model.Fact("library"));
    }

    private static IEnumerable<string> Missing(TrainedModel model)
    {
        yield return "It wants its features in their order and in the units they were measured in; what is not finite is refused.";
        yield return "It adds up features, each times a number: what bends, or depends on several at once, it sees only in features made for that.";
        foreach (string limit in model.CardLimits())
            yield return limit;
        string[] rows = ClassRows(model);
        int[] counts = [.. rows.Select(row => int.TryParse(row, CultureInfo.InvariantCulture, out int count) ? count : 0)];
        if (counts.Length > 0 && counts.Max() >= 10L * counts.Min())
        {
            yield return $"Classes are uneven: '{model.OutputNames[Array.IndexOf(counts, counts.Max())]}' has {counts.Max()} rows, '{model.OutputNames[Array.IndexOf(counts, counts.Min())]}' {counts.Min()}. "
                + "Accuracy hides how it does on the small ones; recall of each class shows it.";
        }

        if (model.Fact("constant").Length > 0)
            yield return "Of features that were the same in every row it knows nothing.";
        if (!model.Converged && model.History.Count == 0)
            yield return "It is not at a minimum: other settings or more iterations give other numbers.";
        if (!model.History.Any(epoch => epoch.Validation is not null))
            yield return "It was not tried on rows that it had not seen, as far as it knows: Evaluate does that.";
        if (model.Fact("source").Length == 0)
            yield return "Where its rows come from nobody said: WithSource does that.";
        if (model.IsSingle)
            yield return "It computes in numbers of 32 bits, of about 7 digits.";
    }

    /// <summary>As many as there are classes, or none.</summary>
    private static string[] ClassRows(TrainedModel model)
    {
        string[] rows = model.Fact("class_rows").Split(", ", StringSplitOptions.RemoveEmptyEntries);
        return rows.Length == model.OutputNames.Length ? rows : [];
    }

    private static string Listed(IReadOnlyList<string> names)
    {
        const int Most = 20;
        return $"{names.Count}: {string.Join(", ", names.Take(Most))}{(names.Count > Most ? ", …" : "")}";
    }

    /// <summary>On one line, where nothing is hidden: what controls a text is shown as its number.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            bool isShown = char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            clean.Append(isShown ? $"{c}" : $"\\u{(int)c:X4}");
        }

        return clean.ToString();
    }

    /// <summary>Markdown that shows the text as it is. A backslash before a mark makes it that mark; before www. it undoes the link.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length);
        foreach (char c in text)
            quoted.Append("\\`*_{}[]<>#|~&!:@$^".Contains(c) ? $"\\{c}" : $"{c}");
        return quoted.Replace("www.", "www\\.").ToString();
    }
}
