// What a model says of itself: facts of its training, and what follows from them that it cannot do.
//
//   facts when it was fitted, as texts (src/Front.fs, Facts) ──► files ──► the same card of a model that was saved
//   parameters, history, inference                         ──► what they say

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
public sealed class ModelCard : IEquatable<ModelCard>
{
    private const string Seconds = "Seconds";

    private readonly List<KeyValuePair<string, string>> facts = [];
    private readonly List<string> limits = [];

    internal ModelCard(TrainedModel model, string kind, string outputs)
    {
        string[] names = model.OutputNames;
        // As many as there are classes, or none.
        string[] rows = model.Fact("class_rows").Split(", ", StringSplitOptions.RemoveEmptyEntries);
        int[] counts = rows.Length == names.Length ? [.. rows.Select(row => int.TryParse(row, CultureInfo.InvariantCulture, out int count) ? count : 0)] : [];
        Title = Clean(kind + ": " + string.Join(", ", names.Take(3)) + (names.Length > 3 ? ", …" : ""));
        Settings = JsonFields.Indented(model.Fact("settings"));

        Say("Features", Listed(model.FeatureNames));
        Say(outputs, Listed([.. names.Select((name, i) => i < counts.Length ? name + " (" + counts[i] + ")" : name)]));
        Say("Data", model.Fact("data"));
        Say("Source", model.Fact("source"));
        Say("The same in every row", model.Fact("constant"));
        Say("Began from", model.Fact("start"));
        Say("Seed", model.Fact("seed"));
        Say("Computed by", model.RuleUsed);
        Say("Converged", model.Convergence?.ToString() ?? (model.Converged ? "yes" : "no"));
        EpochReport? best = null;
        if (model.History.Count > 0)
        {
            EpochReport last = model.History[^1];
            Say("Epochs", Number(model.History.Count));
            Say("On training rows", (last.After ?? last.Running).ToString());
            best = model.History.MinBy(epoch => epoch.Validation?.Loss ?? double.PositiveInfinity)!;
            if (best.Validation is not null)
                Say("On validation rows", last.Validation + "; best " + best.Validation + ", in epoch " + Number(best.Epoch));
        }

        Limit("It wants its features in their order and in the units they were measured in; what is not finite is refused.");
        Limit("It adds up features, each times a number: what bends, or depends on several at once, it sees only in features made for that.");
        model.Tell(this);
        Say(Seconds, model.Fact("fit_seconds"));
        Say("Library", model.Fact("library"));

        if (counts.Length > 0 && counts.Max() >= 10L * counts.Min())
        {
            int most = Array.IndexOf(counts, counts.Max()), least = Array.IndexOf(counts, counts.Min());
            Limit("Classes are uneven: '" + names[most] + "' has " + Number(counts[most]) + " rows, '" + names[least] + "' " + Number(counts[least])
                + ". Accuracy hides how it does on the small ones; recall of each class shows it.");
        }

        if (model.Fact("constant").Length > 0)
            Limit("Of features that were the same in every row it knows nothing.");
        if (!model.Converged && model.History.Count == 0)
            Limit("It is not at a minimum: other settings or more iterations give other numbers.");
        if (best?.Validation is null)
            Limit("It was not tried on rows that it had not seen, as far as it knows: Evaluate does that.");
        if (model.Fact("source").Length == 0)
            Limit("Where its rows come from nobody said: WithSource does that.");
        if (model.IsSingle)
            Limit("It computes in numbers of 32 bits, of about 7 digits.");
    }

    /// <summary>The kind of model, and the names of what it predicts.</summary>
    public string Title { get; }

    /// <summary>What is known, in the order of the card.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts => facts.AsReadOnly();

    /// <summary>What the model cannot do, a sentence or two each.</summary>
    public IReadOnlyList<string> Limits => limits.AsReadOnly();

    /// <summary>Cards are equal when they say the same, but for the seconds of the training.</summary>
    /// <param name="other">The other card.</param>
    public bool Equals(ModelCard? other) => other is not null && Text(hasSeconds: false) == other.Text(hasSeconds: false);

    /// <inheritdoc cref="Equals(ModelCard)"/>
    /// <param name="obj">The other card.</param>
    public override bool Equals(object? obj) => Equals(obj as ModelCard);

    /// <summary>A hash that agrees with <see cref="Equals(ModelCard)"/>.</summary>
    public override int GetHashCode() => Title.GetHashCode(StringComparison.Ordinal);

    /// <summary>The card as text.</summary>
    public override string ToString() => Text(hasSeconds: true);

    /// <summary>The card as Markdown: a table of the facts, the settings as JSON, a list of what the model cannot do.</summary>
    /// <remarks>Names of features, classes and files are quoted: no text of theirs becomes Markdown or HTML.</remarks>
    public string ToMarkdown()
    {
        var page = new StringBuilder("# ").Append(Quoted(Title)).Append("\n\n| | |\n|---|---|\n");
        foreach ((string name, string fact) in facts)
            page.Append("| ").Append(Quoted(name)).Append(" | ").Append(Quoted(fact)).Append(" |\n");
        if (Settings.Length > 0)
            page.Append("\n## Settings\n\n```json\n").Append(Settings).Append("\n```\n");
        page.Append("\n## What it cannot do\n\n");
        foreach (string limit in limits)
            page.Append("- ").Append(Quoted(limit)).Append('\n');
        return page.ToString();
    }

    /// <summary>The settings as JSON; empty where they are not known.</summary>
    internal string Settings { get; }

    /// <summary>A fact, where it is known.</summary>
    internal void Say(string name, string fact)
    {
        if (fact.Length > 0)
            facts.Add(new(Clean(name), Clean(fact)));
    }

    internal void Limit(string text) => limits.Add(Clean(text));

    private string Text(bool hasSeconds)
    {
        var text = new StringBuilder(Title);
        foreach ((string name, string fact) in facts)
        {
            if (hasSeconds || name != Seconds)
                text.Append("\n  ").Append((name + ":").PadRight(23)).Append(fact);
        }

        if (Settings.Length > 0)
            text.Append("\n\nSettings\n").Append(Settings);
        text.Append("\n\nWhat it cannot do");
        foreach (string limit in limits)
            text.Append("\n- ").Append(limit);
        return text.ToString();
    }

    private static string Listed(IReadOnlyList<string> names)
    {
        const int Most = 20;
        return Number(names.Count) + ": " + string.Join(", ", names.Take(Most)) + (names.Count > Most ? ", …" : "");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>On one line, where nothing is hidden: what controls a text is shown as its number.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                clean.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
            else
                clean.Append(c);
        }

        return clean.ToString();
    }

    /// <summary>Markdown that shows the text as it is. A backslash before a mark makes it that mark; in www. it undoes the link.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if ("\\`*_{}[]<>#|~&!:@$^".Contains(c))
                quoted.Append('\\');
            quoted.Append(c);
        }

        return quoted.Replace("www.", "www\\.").ToString();
    }
}
