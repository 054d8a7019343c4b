// The fields of an object of JSON, written or read.
//
//   Of("rate", value)     writes the value and gives it back; or gives what is read in its place, the value itself where nothing is
//
// So one description of a type, which makes it of its fields, both writes and reads it, and a field cannot be in one and not in the
// other. What cannot be used is a problem with its path, and the next field is looked at.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace LinearNets;

/// <summary>Makes a value of its fields.</summary>
internal delegate T Described<T>(JsonFields fields, T value);

internal sealed class JsonFields
{
    /// <summary>More characters than the class weights of as many classes as there can be.</summary>
    private const int MostCharacters = 1 << 24;

    private const int MostLevels = 32;
    private const int MostProblems = 50;

    /// <summary>Null where it reads.</summary>
    private readonly Utf8JsonWriter? writer;

    private readonly Dictionary<string, JsonElement> given = [];
    private readonly List<string> known = [];
    private readonly List<string> problems;
    private readonly string path;
    private readonly int level;

    /// <summary>The kind is not known, and so its fields are not, either.</summary>
    private bool isUnknown;

    private JsonFields(Utf8JsonWriter? writer, List<string> problems, string path, int level) =>
        (this.writer, this.problems, this.path, this.level) = (writer, problems, path, level);

    /// <summary>The JSON. As a record of what was it need not be read again: nothing is refused, and functions are there by their names.</summary>
    internal static string Write<T>(T value, Described<T> describe, bool indented, bool isRecord)
    {
        var problems = new List<string>();
        string json = Written(writer => new JsonFields(writer, problems, "", 0).Whole(value, describe), indented);
        if (!isRecord)
            Refuse(problems);
        return json;
    }

    internal static T Read<T>(string json, Described<T> describe)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > MostCharacters)
            Refuse([$"The JSON has {json.Length} characters; expected {MostCharacters} at most."]);
        try
        {
            using var document = JsonDocument.Parse(json);
            var problems = new List<string>();
            T read = new JsonFields(null, problems, "", 0).Part(document.RootElement, describe, default!);
            Refuse(problems);
            return read;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new SettingsException([$"The text is no JSON: {e.Message}"]);
        }
    }

    /// <summary>JSON with a line for each field; what is none is empty.</summary>
    internal static string Indented(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Written(document.WriteTo, indented: true);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>A number, a word, true or false, one of an enumeration, or an array of numbers or words.</summary>
    internal T Of<T>(string name, T value, bool needed = false)
    {
        if (writer is not null)
        {
            writer.WritePropertyName(name);
            Put(name, value);
            return value;
        }

        if (!TryTake(name, needed, out JsonElement json))
            return value;
        Type? inner = Nullable.GetUnderlyingType(typeof(T));
        // What is nothing by default may be nothing.
        bool orNull = inner is not null || value is null;
        if (orNull && json.ValueKind == JsonValueKind.Null)
            return default!;
        if (Value(inner ?? typeof(T), json) is T read)
            return read;
        Unfit(name, json, Expected(inner ?? typeof(T)) + (orNull ? ", or null" : ""));
        return value;
    }

    /// <summary>An object, described in turn; null only where that is allowed.</summary>
    internal T Of<T>(string name, T value, Described<T> describe, bool orNull = false)
        where T : class?
    {
        if (writer is not null)
        {
            writer.WritePropertyName(name);
            if (value is null && !orNull)
                Add($"{At(name)} is null; expected a value. Leave it out for the default.");
            if (value is null)
                writer.WriteNullValue();
            else
                Inner(At(name)).Whole(value, describe);
            return value;
        }

        if (!TryTake(name, needed: false, out JsonElement json))
            return value;
        return orNull && json.ValueKind == JsonValueKind.Null ? null! : Inner(At(name)).Part(json, describe, value);
    }

    /// <summary>An array of objects.</summary>
    internal T[] Of<T>(string name, T[] values, Described<T> describe)
    {
        string Place(int i) => $"{At(name)}[{i}]";
        if (writer is not null)
        {
            writer.WriteStartArray(name);
            for (int i = 0; i < values.Length; i++)
                Inner(Place(i)).Whole(values[i], describe);
            writer.WriteEndArray();
            return values;
        }

        if (!TryTake(name, needed: true, out JsonElement json))
            return values;
        if (json.ValueKind == JsonValueKind.Array)
            return [.. json.EnumerateArray().Select((one, i) => Inner(Place(i)).Part(one, describe, default!))];
        Unfit(name, json, "an array");
        return values;
    }

    /// <summary>Which of several kinds it is, by a tag that each has: the value, or what a value of the kind that is read begins with.</summary>
    internal T Kind<T>(T value, Func<T, object> tag, params (string Name, T First)[] kinds) => Kind(value, tag, kinds, isSure: false);

    /// <summary>The same; where it is sure which one it is, nothing need say so.</summary>
    internal T Kind<T>(T value, Func<T, object> tag, (string Name, T First)[] kinds, bool isSure)
    {
        if (writer is not null)
        {
            Of("kind", kinds.First(kind => tag(kind.First).Equals(tag(value))).Name);
            return value;
        }

        string name = Of("kind", isSure ? kinds[0].Name : "", needed: !isSure);
        foreach ((string Name, T First) kind in kinds)
        {
            if (kind.Name == name)
                return kind.First;
        }

        if (name.Length > 0)
            Add($"{At("kind")} is \"{Cut(name)}\"; expected {Choices(kinds.Select(kind => kind.Name))}.");
        isUnknown = !isSure;
        return kinds[0].First;
    }

    /// <summary>A function, of which there is only the name.</summary>
    internal void Function(string name, string property)
    {
        Add($"{(path.Length > 0 ? path : "The model")} is '{Cut(name)}', a function of your own, which JSON cannot hold. Leave it out, and set {property} in the program.");
    }

    /// <summary>What JSON cannot hold must not be there.</summary>
    internal void Without(string name, object? value, string why)
    {
        if (writer is not null && value is not null)
            Add($"{At(name)} is {why}");
    }

    private static string Written(Action<Utf8JsonWriter> write, bool indented)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = indented, NewLine = "\n" }))
            write(writer);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Refuse(List<string> problems)
    {
        if (problems.Count > 0)
            throw new SettingsException([.. problems]);
    }

    private void Whole<T>(T value, Described<T> describe)
    {
        writer!.WriteStartObject();
        if (IsShallow())
            describe(this, value);
        writer.WriteEndObject();
    }

    private T Part<T>(JsonElement json, Described<T> describe, T usual)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Add($"{(path.Length == 0 ? "The JSON" : path)} is {Got(json)}; expected an object.");
            return usual;
        }

        if (!IsShallow())
            return usual;
        foreach (JsonProperty field in json.EnumerateObject())
        {
            if (!given.TryAdd(field.Name, field.Value))
                Add($"{At(Cut(field.Name))} stands twice; expected it once.");
        }

        T read = describe(this, usual);
        foreach (string name in given.Keys.Where(name => !isUnknown && !known.Contains(name)))
            Add($"{At(Cut(name))} is not known; expected {Choices(known)}.");
        return read;
    }

    private void Add(string problem)
    {
        if (problems.Count < MostProblems)
            problems.Add(problem);
    }

    private bool IsShallow()
    {
        if (level > MostLevels)
            Add($"{path} is within {level} others; expected {MostLevels} at most.");
        return level <= MostLevels;
    }

    private JsonFields Inner(string at) => new(writer, problems, at, level + 1);

    private string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private bool TryTake(string name, bool needed, out JsonElement json)
    {
        known.Add(name);
        bool found = given.TryGetValue(name, out json);
        if (!found && needed && !isUnknown)
            Add($"{At(name)} is missing; expected a value.");
        return found;
    }

    private void Put(string name, object? value)
    {
        switch (value)
        {
            case null:
                writer!.WriteNullValue();
                break;
            case bool truth:
                writer!.WriteBooleanValue(truth);
                break;
            case int number:
                writer!.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer!.WriteNumberValue(number);
                break;
            case double number:
                writer!.WriteStringValue(Text.Of(number));
                break;
            case Enum one:
                if (!Enum.IsDefined(one.GetType(), one))
                    Add($"{At(name)} is {one}; expected {Expected(one.GetType())}.");
                writer!.WriteStringValue(Camel(one.ToString()));
                break;
            case Array many:
                writer!.WriteStartArray();
                foreach (object? one in many)
                    Put(name, one);
                writer.WriteEndArray();
                break;
            default:
                string text = $"{value}";
                if (Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) != text)
                    Add($"{At(name)} has half a character of UTF-16; expected whole ones.");
                writer!.WriteStringValue(text);
                break;
        }
    }

    /// <summary>Null where it is nothing of the type.</summary>
    private static object? Value(Type type, JsonElement json)
    {
        bool isNumber = json.ValueKind == JsonValueKind.Number;
        string? text = json.ValueKind == JsonValueKind.String ? json.GetString() : null;
        if (type == typeof(double))
        {
            if (text is not null)
                return double.TryParse(text, CultureInfo.InvariantCulture, out double named) && !double.IsFinite(named) && Text.Of(named) == text ? named : null;
            return isNumber && json.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;
        }

        if (type == typeof(int))
            return isNumber && json.TryGetInt32(out int number) ? number : null;
        if (type == typeof(bool))
            return json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : null;
        if (type.IsEnum)
        {
            string? name = Enum.GetNames(type).FirstOrDefault(name => Camel(name) == text);
            return name is null ? null : Enum.Parse(type, name);
        }

        if (type == typeof(char))
            return text?.Length == 1 ? text[0] : null;
        if (!type.IsArray)
            return text;
        if (json.ValueKind != JsonValueKind.Array)
            return null;
        bool isOfNumbers = type == typeof(double[]);
        object?[] all = [.. json.EnumerateArray().Select(one => Value(isOfNumbers ? typeof(double) : typeof(string), one))];
        if (all.Contains(null))
            return null;
        return isOfNumbers ? Array.ConvertAll(all, one => (double)one!) : Array.ConvertAll(all, one => (string)one!);
    }

    private static string Expected(Type type) =>
        type.IsEnum ? Choices(Enum.GetNames(type).Select(Camel))
        : type == typeof(double) ? "a number"
        : type == typeof(int) ? "a whole number of 32 bits"
        : type == typeof(bool) ? "true or false"
        : type == typeof(double[]) ? "an array of numbers"
        : type == typeof(string[]) ? "an array of texts"
        : type == typeof(char) ? "one character"
        : "a text";

    private void Unfit(string name, JsonElement json, string expected) =>
        Add($"{At(name)} is {Got(json)}; expected {expected}.");

    private static string Got(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => Cut(json.GetRawText()),
    };

    private static string Cut(string text)
    {
        const int Most = 40;
        return text.Length > Most ? text[..Most] + "…" : text;
    }

    private static string Choices(IEnumerable<string> names) => (names.Count() > 1 ? "one of " : "") + string.Join(", ", names);

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
