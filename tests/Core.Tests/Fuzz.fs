/// Valid files, changed at random: only one type of exception may come out, soon, and without much memory.
module LinearNets.Tests.Fuzz

open System
open System.Diagnostics
open System.IO
open NUnit.Framework
open LinearNets

/// Numbers that readers stumble over, in four bytes.
let private numbers =
    [| 0u; 1u; 2u; 0x7fu; 0x80u; 0xffu; 0xffffu; 0x10000u; 0x7fffffffu; 0x80000000u; 0xfffffffeu; 0xffffffffu |]

let private insert at (more: byte[]) (bytes: byte[]) = Array.concat [ bytes[.. at - 1]; more; bytes[at..] ]

/// One change: a bit, a byte, a number in the first bytes or anywhere, a digit, bytes left out, put in or doubled, or the end lost.
let private change (random: Random) (bytes: byte[]) =
    if bytes.Length = 0 then
        [| byte (random.Next 256) |]
    else
        let at = random.Next bytes.Length
        let early = random.Next(min bytes.Length 96)
        let count = 1 + random.Next(min 16 (bytes.Length - at))
        let changed = Array.copy bytes
        match random.Next 10 with
        | 0
        | 1 ->
            changed[at] <- changed[at] ^^^ (1uy <<< random.Next 8)
            changed
        | 2 ->
            changed[early] <- byte (random.Next 256)
            changed
        | 3
        | 4 ->
            let number = BitConverter.GetBytes numbers[random.Next numbers.Length]
            if random.Next 2 = 0 then Array.Reverse number
            let at = if random.Next 2 = 0 then at else early
            Array.Copy(number, 0, changed, at, min 4 (changed.Length - at))
            changed
        | 5 ->
            // A digit where there is one, so that numbers of a text change.
            match Array.tryFindIndex (fun b -> b >= byte '0' && b <= byte '9') bytes[early..] with
            | Some digit -> changed[early + digit] <- byte '0' + byte (random.Next 10)
            | None -> changed[early] <- byte '9'
            changed
        | 6 -> Array.append bytes[.. at - 1] bytes[at + count ..]
        | 7 -> insert at (Array.init count (fun _ -> byte (random.Next 256))) bytes
        | 8 -> insert at bytes[at .. at + count - 1] bytes
        | _ -> bytes[.. at - 1]

/// The times that each format is tried.
let private times = 20_000

/// Reads valid files after one to four changes. Reading may take so many bytes of memory, and a second; an exception is judged:
/// whether it is how a file is refused, and what is wrong with it, or null.
let runFor (judge: exn -> bool * string) (valid: byte[] list) (mostMemory: int64) (read: Stream -> unit) =
    let random = Random 20240607
    let mutable refused = 0
    for time in 1..times do
        let bytes = (valid[time % valid.Length], [ 1 .. 1 + random.Next 4 ]) ||> List.fold (fun bytes _ -> change random bytes)
        let before, clock = GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew()
        let failure =
            try
                use stream = new MemoryStream(bytes, false)
                read stream
                null
            with e ->
                match judge e with
                | true, wrong ->
                    refused <- refused + 1
                    wrong
                | false, _ -> e.ToString()
        let taken = GC.GetAllocatedBytesForCurrentThread() - before
        let told what = $"time {time}: {what}\n{Convert.ToHexString bytes}"
        if not (isNull failure) then Assert.Fail(told failure)
        if taken > mostMemory then Assert.Fail(told $"{taken} bytes of memory")
        if clock.Elapsed > TimeSpan.FromSeconds 1.0 then Assert.Fail(told $"{clock.Elapsed}")
    Assert.That(refused, Is.GreaterThan(times / 4), "the changes break something")

/// The same for data, which are refused by a DataException with a place.
let run valid mostMemory read =
    let judge (e: exn) =
        match e with
        | :? DataException as e when String.IsNullOrEmpty e.Where -> true, $"no place: {e.Message}"
        | e -> (e :? DataException), null
    runFor judge valid mostMemory read
