// Texts as rows of numbers without a dictionary: every word adds 1 or −1 to the column that its hash names.
//
//   h(word)   FNV-1a of its UTF-8 bytes, 64 bits: h ← (h ⊕ byte)·1099511628211, from 14695981039346656037;
//             then h ⊕ (h ≫ 32), a multiplication, and the same again, for FNV's lowest bits see little of the last bytes
//   column    (h ≫ 1) mod width           sign    + where h is even, − where it is odd
//
// Words that share a column then cancel on the average instead of adding up. The hash is the same in every process and on
// every machine, so that a width is all there is to keep.

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization
open System.Text
open LinearNets.FSharp

/// <summary>Texts as rows of so many numbers, by hashes of their words. It has nothing to be fitted.</summary>
/// <example><code>
/// var hasher = new TextHasher(4096);
/// Dataset mails = Dataset.FromTexts(texts, hasher, kinds);
/// </code></example>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type TextHasher(width: int) =

    do Errors.require "The width of a text hasher" (width >= 1 && width <= 16777216) width "1 to 16777216"

    static let isPartOfWord (rune: Rune) =
        match Rune.GetUnicodeCategory rune with
        | UnicodeCategory.NonSpacingMark
        | UnicodeCategory.SpacingCombiningMark -> true
        | _ -> Rune.IsLetterOrDigit rune

    /// <summary>How many numbers a row has.</summary>
    member _.Width = width

    /// <summary>The words of a text: runs of letters and digits, in lower case.</summary>
    static member Words(text: string) : IReadOnlyList<string> =
        ArgumentNullException.ThrowIfNull(text, "text")
        let words, word = ResizeArray<string>(), StringBuilder()
        let finish () =
            if word.Length > 0 then words.Add(word.ToString())
            word.Clear() |> ignore
        for rune in text.EnumerateRunes() do
            if isPartOfWord rune then
                word.Append((Rune.ToLowerInvariant rune).ToString()) |> ignore
            else
                finish ()
        finish ()
        words

    /// <summary>The 64-bit FNV-1a hash of a word's UTF-8 bytes.</summary>
    static member Hash(word: string) : uint64 =
        ArgumentNullException.ThrowIfNull(word, "word")
        let mutable hash = 14695981039346656037UL
        for one in Encoding.UTF8.GetBytes word do
            hash <- (hash ^^^ uint64 one) * 1099511628211UL
        hash

    /// <summary>The column of a word, and whether it adds 1 or takes 1 away.</summary>
    member _.Place(word: string) : struct (int * int) =
        let mixed hash = (hash ^^^ (hash >>> 32)) * 0xD6E8FEB86659FD93UL
        let hash = mixed (mixed (TextHasher.Hash word))
        let hash = hash ^^^ (hash >>> 32)
        struct (int ((hash >>> 1) % uint64 width), (if hash % 2UL = 0UL then 1 else -1))

    /// <summary>The row of words of your own.</summary>
    member hasher.Row(words: IEnumerable<string>) : float32[] =
        ArgumentNullException.ThrowIfNull(words, "words")
        let row = Array.zeroCreate<float32> width
        for word in words do
            let struct (column, sign) = hasher.Place word
            row[column] <- row[column] + float32 sign
        row

    /// <summary>The row of a text.</summary>
    member hasher.Row(text: string) : float32[] = hasher.Row(TextHasher.Words text)

    /// <summary>The rows of texts, as <c>Dataset.From</c> takes them.</summary>
    member hasher.Rows(texts: IEnumerable<string>) : float32[][] =
        ArgumentNullException.ThrowIfNull(texts, "texts")
        [| for text in texts -> hasher.Row text |]

    /// <summary>Whether the other has the same width.</summary>
    override _.Equals(other: obj) =
        match other with
        | :? TextHasher as other -> other.Width = width
        | _ -> false

    /// <summary>By the width.</summary>
    override _.GetHashCode() = width

    /// <summary>The width.</summary>
    override _.ToString() = say $"text hashed to {width} columns"

    member private hasher.Text = hasher.ToString()
