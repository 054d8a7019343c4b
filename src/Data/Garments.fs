// Ten kinds of garments, drawn from a seed: a set of pictures that needs no file and no network.
//
// Coordinates. A garment is drawn in a square of its own: x runs right and y down, both from −1 to 1, and what is worn
// on both sides of the body is symmetric about x = 0. A pose, the affine map p = A·g + t where A stretches, turns and
// shears a little, takes the square to 28 × 28 pixels. Patterns and light are functions of g: they go with the cloth.
//
// Coverage. A garment is a list of layers, each a polygon filled with a fabric, painted over those before it. How much
// of a pixel a polygon covers follows from Green's theorem. The part of an edge that lies in a row of pixels and runs
// down by dy has to its right, of each pixel in the row, dy times the mean of clamp(end − x, 0, 1), where x goes along
// the edge and end is the pixel's right side. An edge that runs up takes as much away; the sum over all edges is the
// area inside, exactly. An edge writes differences, at the pixels that it crosses only; a running sum gives the areas.
//
// Shading. pixel = shade · (1 − contrast · pattern(g)) · light(g) · (1 + grain · noise); the background stays 0.
//
// Random are the cut, the fabric, what is sewn on, pose, light and grain, and whether a patch of the picture is missing.
// Kinds overlap where real ones do: a shirt may have the sleeves of a T-shirt or the length of a coat, and its collar
// is a few pixels; a sneaker may be as high as a low boot. That makes the task hard for a linear model. No label is wrong.
//
// The same key and index give the same bytes on every machine. The code uses + − × ÷ √ and comparisons only, a rotation
// is the rational (1 − t², 2t) / (1 + t²), and random numbers are read by position, in any order and on any thread.

namespace LinearNets.FSharp

open System
open System.Threading.Tasks

[<RequireQualifiedAccess>]
module internal Garments =

    let side = 28

    /// A trait of the picture, from low to below high. Its name, read as a number in base 65537 modulo 2⁶⁴, is its position
    /// in the key's sequence: what has a name is independent of the rest, and a new trait leaves the others as they were.
    let between (key: Key) (name: string) low high =
        let mutable position = 0L

        for letter in name do
            position <- position * 65537L + int64 letter

        low + (high - low) * Random.uniform key position

    /// Whether the picture has a trait that this share of all pictures has.
    let has key name share = between key name 0.0 1.0 < share

    // ---- outlines -----------------------------------------------------------------------------------------------

    /// A point of the garment's square; an outline is an array of them, and closed.
    [<Struct; NoEquality; NoComparison>]
    type Point = { x: float; y: float }

    let at x y = { x = x; y = y }

    let mirror outline = outline |> Array.map (fun p -> at -p.x p.y)

    /// The whole outline of a symmetric shape, from its right half listed downwards.
    let symmetric half = Array.append half (Array.rev (mirror half))

    /// Cuts every corner off, at this share of the edges beside it.
    let soft share (outline: Point[]) =
        let count = outline.Length

        Array.init (2 * count) (fun n ->
            let corner, next = outline[n / 2], outline[(n / 2 + (if n % 2 = 0 then count - 1 else 1)) % count]
            at (corner.x + share * (next.x - corner.x)) (corner.y + share * (next.y - corner.y)))

    let box left top right bottom = [| at left top; at right top; at right bottom; at left bottom |]

    /// A band from one point to another, with its width at either end.
    let band p q start finish =
        let dx, dy = q.x - p.x, q.y - p.y
        let half = 0.5 / sqrt (dx * dx + dy * dy)
        let beside r width = at (r.x - width * half * dy) (r.y + width * half * dx)
        [| beside p start; beside q finish; beside q -finish; beside p -start |]

    /// Cosine and sine of an angle, from the tangent t of half the angle.
    let direction t = struct ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t))

    /// The upper half of an ellipse, the lower one where width and height are negative.
    let dome centre width height =
        Array.init 9 (fun n ->
            let struct (cos, sin) = direction (float n / 4.0 - 1.0)
            at (centre.x + width * sin) (centre.y - height * cos))

    let oval centre width height = Array.append (dome centre width height) (dome centre -width -height)

    let arch centre width height thickness =
        Array.append (dome centre width height) (Array.rev (dome centre (width - thickness) (height - thickness)))

    // ---- fabrics ------------------------------------------------------------------------------------------------

    [<NoEquality; NoComparison>]
    type Pattern =
        | Stripes
        | Checks
        | Dots

    /// A shade from 0 to 1 and a pattern that is darker, by the contrast; it repeats so often per unit across and down.
    [<Struct; NoEquality; NoComparison>]
    type Fabric = { shade: float; contrast: float; pattern: Pattern; across: float; down: float; phase: float }

    /// 1 to 0 to 1 in every unit.
    let inline wave x = abs (2.0 * (x - floor x) - 1.0)

    /// The brightness of a fabric at a place.
    let brightness fabric x y =
        let x, y = fabric.across * x, fabric.down * y + fabric.phase

        let dark =
            match fabric.pattern with
            | Stripes -> wave (x + y)
            | Checks -> 0.5 * (wave x + wave y)
            | Dots -> wave x * wave y

        fabric.shade * (1.0 - fabric.contrast * dark)

    let plain shade = { shade = shade; contrast = 0.0; pattern = Stripes; across = 0.0; down = 0.0; phase = 0.0 }

    /// The same fabric in another light: a seam, a fold, a sleeve behind the body.
    let shaded factor fabric = { fabric with shade = min 1.0 (factor * fabric.shade) }

    /// Cloth of one colour; most garments are light, as the ground is dark.
    let cloth key =
        let low, high = if has key "light" 0.85 then 0.7, 1.0 else 0.3, 0.7
        plain (between key "shade" low high)

    /// Cloth of which these shares have stripes, checks and dots.
    let woven key stripes checks dots =
        let cloth, kind = cloth key, between key "pattern" 0.0 1.0
        let wide, high = between key "across" 1.5 4.0, between key "down" 1.5 4.5

        let printed pattern across down =
            { cloth with
                contrast = between key "contrast" 0.25 0.8
                pattern = pattern
                across = across
                down = down
                phase = between key "phase" 0.0 1.0 }

        if kind < 0.7 * stripes then printed Stripes 0.0 high
        elif kind < stripes then printed Stripes wide 0.0
        elif kind < stripes + checks then printed Checks wide high
        elif kind < stripes + checks + dots then printed Dots wide high
        else cloth

    /// What stands out from a fabric: buttons, laces, prints.
    let trim key fabric =
        let low, high = if fabric.shade > 0.5 then 0.25 * fabric.shade, 0.65 * fabric.shade else 0.6, 1.0
        plain (between key "trim" low high)

    // ---- clothes ------------------------------------------------------------------------------------------------

    /// An outline filled with a fabric. The layers of a garment are listed from the back to the front.
    [<Struct; NoEquality; NoComparison>]
    type Layer = { fabric: Fabric; outline: Point[] }

    let fill fabric outline = { fabric = fabric; outline = outline }

    /// A part on the right and its mirror image.
    let pair fabric outline = [ fill fabric outline; fill fabric (mirror outline) ]

    [<NoComparison>]
    type Sleeve =
        | Sleeveless
        | Short
        | Long

    /// The cut of what is worn above the waist: half widths, the height of the lower edge, the depth of the opening.
    [<NoEquality; NoComparison>]
    type Cut = { chest: float; waist: float; hem: float; bottom: float; neck: float; neckDepth: float; sleeve: Sleeve }

    /// The height of the shoulders at the neck.
    let top = -0.9

    /// The cut that T-shirt, pullover, coat and shirt vary.
    let basic key sleeve =
        let chest = between key "chest" 0.44 0.64

        { chest = chest
          waist = chest * between key "waist" 0.82 1.02
          hem = chest * between key "hem" 0.88 1.12
          bottom = between key "bottom" 0.7 0.97
          neck = between key "neck" 0.17 0.27
          neckDepth = between key "neck depth" 0.06 0.25
          sleeve = sleeve }

    let sleeves key fabric cut shoulder =
        let width = cut.chest * between key "sleeve width" 0.55 0.75
        let root = at (shoulder.x - 0.4 * width) (shoulder.y + 0.4 * width)

        let pairOf length angle cuff =
            let struct (out, down) = direction angle
            let wrist = at (root.x + length * out) (root.y + length * down)
            band root wrist width (cuff * width) |> soft 0.08 |> pair (shaded 0.9 fabric)

        match cut.sleeve with
        | Sleeveless -> []
        | Short -> pairOf (between key "sleeve" 0.3 0.7) (between key "droop" 0.25 0.55) (between key "cuff" 0.75 1.05)
        | Long -> pairOf (between key "sleeve" 1.1 1.5) (between key "droop" 0.62 0.92) (between key "cuff" 0.5 0.65)

    /// Sleeves, body and neck: what all clothes for the upper body have.
    let worn key fabric cut =
        let shoulder = at (cut.chest * between key "shoulder" 0.85 1.05) (top + 0.13)
        let armpit, waist = at cut.chest (top + 0.45), at cut.waist (0.5 * (top + cut.bottom) + 0.1)
        let point = cut.neck * (if has key "pointed neck" 0.3 then 0.1 else 0.6)

        [ yield! sleeves key fabric cut shoulder
          [| at cut.neck top; shoulder; armpit; waist; at cut.hem cut.bottom |] |> symmetric |> soft 0.1 |> fill fabric
          // the inside of the back, seen through the opening
          [| at cut.neck (top - 0.05); at cut.neck top; at point (top + cut.neckDepth) |]
          |> symmetric
          |> fill (shaded 0.35 fabric)
          if cut.sleeve = Long then
              // the fold between the body and a sleeve that hangs down
              let upper, lower = at (0.97 * cut.chest) armpit.y, at cut.waist (0.6 * cut.bottom)
              yield! pair (shaded 0.5 fabric) (band upper lower 0.02 0.07) ]

    /// The line where a garment opens in front, a shadow or a bright zip, and perhaps its buttons.
    let opening key fabric cut width =
        let shade = if has key "zip" 0.45 then 1.4 else between key "front" 0.25 0.7
        let middle, start = between key "overlap" -0.06 0.06, top + cut.neckDepth
        let step = (cut.bottom - start) / 5.0

        [ fill (shaded shade fabric) (box (middle - 0.5 * width) start (middle + 0.5 * width) cut.bottom)
          if has key "buttons" 0.6 then
              for n in 0..4 do
                  fill (trim key fabric) (oval (at (middle + 0.06) (start + (float n + 0.5) * step)) 0.045 0.045) ]

    /// The two wings of a collar, each on its own shadow.
    let collar key fabric cut size =
        let wing lower =
            [| at (0.75 * cut.neck) (top - 0.06)
               at (cut.neck + 0.35 * size) (top + 0.6 * size + lower)
               at (0.3 * cut.neck) (top + size + lower)
               at 0.02 (top + cut.neckDepth) |]

        pair (shaded 0.45 fabric) (wing 0.09) @ pair (shaded (between key "collar shade" 0.95 1.3) fabric) (wing 0.0)

    let pockets key fabric top width height =
        pair (shaded (between key "pocket shade" 0.55 1.2) fabric) (box 0.15 top (0.15 + width) (top + height))

    let tShirt key =
        let fabric = woven key 0.2 0.04 0.06
        let size, height = between key "print size" 0.1 0.3, between key "print height" -0.4 0.1

        [ yield! worn key fabric (basic key (if has key "short" 0.87 then Short else Long))
          if has key "print" 0.4 then
              let outline =
                  if size < 0.2 then
                      box (-1.4 * size) (height - size) (1.4 * size) (height + size)
                  else
                      oval (at 0.0 height) size size

              fill (trim key fabric) outline ]

    let trousers key =
        let fabric = woven key 0.02 0.05 0.01
        let seam = shaded 0.65 fabric
        let waist, crotch = between key "waist" 0.26 0.42, between key "crotch" -0.4 -0.15
        let hip = waist + between key "hip" 0.03 0.13
        let inner, bottom = between key "gap" 0.02 0.16, between key "bottom" 0.8 0.97
        let outer = inner + between key "leg" 0.18 0.4

        [ [| at waist -0.95; at hip -0.5; at outer bottom; at inner bottom; at 0.02 crotch |]
          |> symmetric
          |> fill fabric
          fill seam (box -waist -0.95 waist -0.86)
          fill seam (band (at 0.0 -0.9) (at 0.0 crotch) 0.05 0.05)
          if has key "pockets" 0.6 then yield! pair seam (band (at (waist - 0.12) -0.85) (at hip -0.6) 0.05 0.05)
          if has key "crease" 0.3 then
              yield! pair (shaded 1.25 fabric) (band (at (0.6 * hip) -0.4) (at (0.5 * (inner + outer)) bottom) 0.08 0.08) ]

    let pullover key =
        // Knitting shows rows of stitches, finer than any stripe.
        let knit = { cloth key with pattern = Checks; contrast = between key "knit" 0.1 0.35; across = 5.5; down = 6.5 }
        let fabric = if has key "knitted" 0.5 then knit else woven key 0.3 0.06 0.04
        let ribs = { shaded 0.75 fabric with pattern = Stripes; contrast = 0.5; across = 6.0; down = 0.0 }
        let cut = basic key Long

        [ yield! worn key fabric cut
          if has key "ribs" 0.6 then fill ribs (box -cut.hem (cut.bottom - 0.12) cut.hem (cut.bottom - 0.01))
          if has key "polo neck" 0.3 then fill ribs (box (-0.9 * cut.neck) (top - 0.12) (0.9 * cut.neck) (top + 0.1)) ]

    let dress key =
        let fabric = woven key 0.12 0.05 0.12
        let length = between key "sleeve length" 0.0 1.0
        let sleeve =
            if length < 0.5 then Sleeveless
            elif length < 0.8 then Short
            else Long
        let chest = between key "chest" 0.27 0.5
        let waist, hem = chest * between key "waist" 0.7 0.95, chest * between key "hem" 0.95 1.8

        [ yield! worn key fabric { basic key sleeve with chest = chest; waist = waist; hem = hem; neck = 0.6 * chest }
          if has key "belt" 0.5 then fill (trim key fabric) (box (-1.05 * waist) 0.0 (1.05 * waist) 0.1) ]

    let coat key =
        let fabric = woven key 0.04 0.08 0.02
        let cut = basic key Long
        let cut = { cut with bottom = cut.bottom + 0.03; neckDepth = between key "neck depth" 0.1 0.4 }

        [ yield! worn key fabric cut
          yield! opening key fabric cut 0.07
          yield! collar key fabric cut (between key "lapel" 0.2 0.5)
          if has key "pockets" 0.7 then yield! pockets key fabric (between key "pocket height" 0.1 0.4) 0.22 0.09 ]

    let shirt key =
        let fabric = woven key 0.22 0.2 0.06
        let cut = basic key (if has key "short" 0.4 then Short else Long)

        [ yield! worn key fabric cut
          yield! opening key fabric cut 0.05
          if has key "collar" 0.75 then yield! collar key fabric cut (between key "collar size" 0.18 0.3)
          if has key "pockets" 0.3 then yield! pockets key fabric (top + 0.5) 0.2 0.2 ]

    // ---- footwear and bags --------------------------------------------------------------------------------------

    /// Where the ground is, so that footwear of this height stands in the middle of the picture.
    let ground height = min 0.9 (0.5 * height + 0.05)

    /// Footwear points left.
    let sandal key =
        let fabric = cloth key
        let sole = trim key fabric
        let lift, thickness = between key "lift" 0.0 1.0, between key "sole" 0.09 0.2
        // squared, because most sandals are flat
        let heel = 0.7 * lift * lift
        let floor = ground (heel + thickness + 0.6)
        // the upper side of the sole, which rises from the ball of the foot to the heel.
        let tread x = at x (floor - thickness - heel * (max 0.0 (x + 0.3)) / 1.1)
        // the upper side of the foot
        let instep x = at x ((tread x).y - 0.12 - 0.38 * (x + 0.9))
        // either a slide with a broad strap or two, or several straps and one more that goes around the ankle
        let slide = has key "slide" 0.35
        let count = int (if slide then between key "straps" 1.0 2.5 else between key "straps" 2.0 4.99)
        let pitch = (if slide then 0.9 else 1.1) / float count
        let width = pitch * (if slide then between key "strap" 0.6 0.9 else between key "strap" 0.35 0.85)
        let thong = between key "thong" 0.09 0.16
        let lean = 0.15

        [ [| tread -0.94; tread -0.3; tread 0.86; at 0.84 (floor - heel); at -0.3 floor; at -0.9 floor |]
          |> soft 0.1
          |> fill sole
          if has key "wedge" 0.4 then
              fill sole [| tread -0.3; tread 0.85; at 0.8 floor; at -0.3 floor |]
          else
              fill sole (band (at 0.72 (floor - heel - 0.02)) (at 0.74 floor) 0.24 0.14)
          for n in 0 .. count - 1 do
              let x = pitch * float n - 0.78
              fill fabric (soft 0.12 [| tread x; tread (x + width); instep (x + width + lean); instep (x + lean) |])
          if not slide then
              // what holds the heel, the strap from there around the ankle, and perhaps one that joins the others
              let back = (tread 0.8).y - between key "ankle" 0.3 0.6
              fill fabric [| tread 0.56; tread 0.86; at 0.84 back; at 0.7 back |]
              fill fabric (band (at 0.78 (back + 0.06)) (instep 0.25) thong thong)
              if has key "joined" 0.5 then fill fabric (band (instep (lean - 0.75)) (instep 0.3) thong thong) ]

    /// The measures of a closed shoe: the heights of ground, sole and opening, of the toes and the instep above the sole,
    /// and where the opening begins.
    [<NoEquality; NoComparison>]
    type Last = { floor: float; edge: float; top: float; toe: float; instep: float; throat: float }

    let lastOf key height =
        let floor = ground height

        { floor = floor
          edge = floor - between key "sole" 0.09 0.25
          top = floor - height
          toe = between key "toe" 0.12 0.26
          instep = 0.15 + 0.18 * height + between key "instep" 0.0 0.08
          throat = between key "throat" -0.1 0.2 }

    /// The upper, its inside seen over the opening, and the sole, which is hollow by so much before the heel.
    let shoe fabric sole last hollow =
        let edge = last.edge

        [ [| at -0.95 edge
             at -0.97 (edge - last.toe)
             at -0.5 (edge - last.toe - 0.1)
             at (last.throat - 0.3) (edge - last.instep)
             at (last.throat - 0.02) (last.top - 0.02)
             at 0.45 (last.top + 0.05)
             at 0.87 (last.top - 0.04)
             at 0.78 (edge - 0.3)
             at 0.9 edge |]
          |> soft 0.2
          |> soft 0.25
          |> fill fabric
          fill (shaded 0.4 fabric) (band (at (last.throat + 0.1) (last.top + 0.03)) (at 0.75 (last.top + 0.02)) 0.06 0.08)
          [| at -0.93 edge
             at 0.9 edge
             at 0.88 last.floor
             at 0.4 last.floor
             at 0.33 (last.floor - hollow)
             at -0.35 last.floor
             at -0.85 last.floor |]
          |> fill sole
          fill (shaded 0.5 fabric) (band (at -0.95 edge) (at 0.9 edge) 0.05 0.05) ]

    let laces key fabric last =
        [ for n in 0..3 do
              let x = last.throat - 0.28 + 0.08 * float n
              let y = last.edge - last.instep - 0.27 * float n * (last.edge - last.instep - last.top)
              fill (trim key fabric) (band (at x (y + 0.02)) (at (x + 0.22) (y + 0.09)) 0.06 0.06) ]

    let sneaker key =
        let fabric = woven key 0.04 0.03 0.02
        let trimming = trim key fabric
        let last = lastOf key (between key "height" 0.58 1.04)
        let edge, toe = last.edge - 0.03, last.edge - last.toe

        [ yield! shoe fabric (if has key "white sole" 0.7 then plain 0.95 else trimming) last 0.0
          if has key "laces" 0.9 then yield! laces key fabric last
          if has key "caps" 0.5 then
              fill trimming [| at -0.93 edge; at -0.93 toe; at -0.7 toe; at -0.6 edge |]
              fill trimming (band (at 0.77 (edge - 0.25)) (at 0.8 last.top) 0.12 0.16)
          if has key "stripes" 0.5 then
              for n in 1 .. int (between key "stripe count" 1.0 3.99) do
                  let x = 0.16 * float n
                  fill trimming (band (at x edge) (at (x - 0.14) (edge - 0.27)) 0.07 0.07) ]

    let ankleBoot key =
        let fabric = cloth key
        let last = lastOf key (between key "height" 0.9 1.7)
        let ankle = last.edge - last.instep
        let closing = between key "closing" 0.0 1.0

        [ yield! shoe fabric (trim key fabric) last (between key "hollow" 0.0 0.16)
          if closing < 0.35 then
              yield! laces key fabric last
          elif closing < 0.6 then
              // an elastic side
              fill (shaded 0.6 fabric) [| at 0.25 last.top; at 0.55 last.top; at 0.4 (ankle + 0.1) |]
          elif closing < 0.8 then
              // a strap around the ankle
              fill (trim key fabric) (band (at last.throat ankle) (at 0.78 ankle) 0.1 0.1) ]

    let bag key =
        let fabric = woven key 0.05 0.06 0.03
        let seam = shaded (between key "seam" 0.4 0.8) fabric
        let above, below, height = between key "above" 0.55 0.92, between key "below" 0.6 0.95, between key "height" 0.7 1.25
        let handle = if has key "handle" 0.85 then between key "handle height" 0.2 0.65 else 0.0
        let reach, strap = above * between key "handle width" 0.4 0.9, between key "strap" 0.08 0.15
        let floor = 0.5 * (height + handle)
        let rim = floor - height
        let flap = rim + height * between key "flap height" 0.3 0.6

        [ if handle > 0.0 then fill (shaded 0.85 fabric) (arch (at 0.0 (rim + 0.05)) reach handle strap)
          [| at above rim; at below floor |] |> symmetric |> soft 0.06 |> fill fabric
          if has key "flap" 0.4 then
              [| at above rim; at (0.85 * above) flap |] |> symmetric |> fill seam
              fill (trim key fabric) (box -0.1 (flap - 0.06) 0.1 (flap + 0.08))
          else
              fill seam (box (-0.97 * above) (rim + 0.08) (0.97 * above) (rim + 0.14))
              if has key "pocket" 0.4 then fill seam (box -0.4 (floor - 0.5 * height) 0.4 (floor - 0.12)) ]

    /// The classes in their order: names in English and Chinese, and how to draw one.
    let classes =
        [| "T-shirt", "T恤", tShirt
           "trouser", "裤子", trousers
           "pullover", "套衫", pullover
           "dress", "连衣裙", dress
           "coat", "外套", coat
           "sandal", "凉鞋", sandal
           "shirt", "衬衫", shirt
           "sneaker", "运动鞋", sneaker
           "bag", "包", bag
           "ankle boot", "短靴", ankleBoot |]

    let names = classes |> Array.map (fun (name, _, _) -> name)

    let chineseNames = classes |> Array.map (fun (_, name, _) -> name)

    // ---- from outlines to pixels --------------------------------------------------------------------------------

    /// The map (x, y) ↦ (xx·x + xy·y + x0, yx·x + yy·y + y0).
    [<Struct; NoEquality; NoComparison>]
    type Affine = { xx: float; xy: float; yx: float; yy: float; x0: float; y0: float }

    let inline xOf (m: Affine) x y = m.xx * x + m.xy * y + m.x0
    let inline yOf (m: Affine) x y = m.yx * x + m.yy * y + m.y0

    /// From the garment's square to pixels.
    let pose key =
        let half = 0.5 * float side
        let scale, stretch = half * between key "scale" 0.93 1.09, between key "stretch" 0.93 1.07
        let struct (cos, sin) = direction (between key "turn" -0.07 0.07)
        let across, down, shear = scale * stretch, scale / stretch, between key "shear" -0.1 0.1

        { xx = across * cos
          xy = across * (cos * shear - sin)
          yx = down * sin
          yy = down * (sin * shear + cos)
          x0 = half + between key "shift across" -1.3 1.3
          y0 = half + between key "shift down" -1.0 1.0 }

    let inverse m =
        let d = 1.0 / (m.xx * m.yy - m.xy * m.yx)

        { xx = m.yy * d
          xy = -m.xy * d
          yx = -m.yx * d
          yy = m.xx * d
          x0 = (m.xy * m.y0 - m.yy * m.x0) * d
          y0 = (m.yx * m.x0 - m.xx * m.y0) * d }

    /// What drawing writes into, for one picture after another.
    type Canvas() =
        /// The brightness of the pixels.
        member val Ink = Array.zeroCreate<float>(side * side)
        /// The differences of coverage along each row, 0 between layers; a last column takes what leaves the picture.
        member val Steps = Array.zeroCreate<float>(side * (side + 1))

    /// The rows of pixels between two heights, as far as they are in the picture.
    let inline rows high low = struct (int (max 0.0 (floor high)), min side (int (ceil low)) - 1)

    /// The integral of clamp(s, 0, 1) up to s.
    let inline ramp s =
        if s <= 0.0 then 0.0
        elif s < 1.0 then 0.5 * s * s
        else s - 0.5

    /// The mean of clamp(end − x, 0, 1) over x from left to right.
    let inline toTheRight left right finish =
        if right - left < 1e-9 then
            min 1.0 (max 0.0 (finish - left))
        else
            (ramp (finish - left) - ramp (finish - right)) / (right - left)

    /// Adds an edge, in pixels, to the differences of coverage.
    let addEdge (steps: float[]) x0 y0 x1 y1 =
        let run = (x1 - x0) / (y1 - y0)
        let high, low = min y0 y1, max y0 y1
        let inline xAt y = min (float side) (max 0.0 (x0 + (y - y0) * run))
        let struct (first, last) = rows high low

        for row in first..last do
            let from, until = max high (float row), min low (float (row + 1))
            let left, right = min (xAt from) (xAt until), max (xAt from) (xAt until)
            let dy = if y1 > y0 then until - from else from - until
            let start, final = row * (side + 1), min (int right) (side - 1)
            let mutable before = 0.0

            for column in int left .. final do
                let share = toTheRight left right (float (column + 1))
                steps[start + column] <- steps[start + column] + dy * (share - before)
                before <- share

            steps[start + final + 1] <- steps[start + final + 1] + dy * (1.0 - before)

    /// Paints a layer over what is there.
    let paint (canvas: Canvas) (place: Affine) (back: Affine) { fabric = fabric; outline = outline } =
        let steps, ink = canvas.Steps, canvas.Ink
        let mutable high, low = float side, 0.0

        for n in 0 .. outline.Length - 1 do
            let p, q = outline[n], outline[(n + 1) % outline.Length]
            let py, qy = yOf place p.x p.y, yOf place q.x q.y
            high <- min high py
            low <- max low py
            if py <> qy then addEdge steps (xOf place p.x p.y) py (xOf place q.x q.y) qy

        let struct (first, last) = rows high low

        for row in first..last do
            let mutable area = 0.0

            for column in 0 .. side - 1 do
                let step, pixel = row * (side + 1) + column, row * side + column
                area <- area + steps[step]
                steps[step] <- 0.0
                // The sign of the area is the sense in which the outline runs.
                let cover = min 1.0 (abs area)

                // What is less is the rounding of the running sum, which must not touch the background.
                if cover > 1e-6 then
                    let px, py = float column + 0.5, float row + 0.5
                    let shade = brightness fabric (xOf back px py) (yOf back px py)
                    ink[pixel] <- ink[pixel] + cover * (shade - ink[pixel])

            steps[row * (side + 1) + side] <- 0.0

    /// In a few pictures something dark lies over a part.
    let patch key =
        [ if has key "patch" 0.06 then
              let x, y = between key "patch across" -0.9 0.9, between key "patch down" -0.9 0.9
              let half = between key "patch size" 0.1 0.25
              fill (plain 0.0) (box (x - half) (y - half) (x + half) (y + half)) ]

    /// Nearly normal, with mean 0 and variance 1, from one random number: the sum of its four 16-bit parts.
    let noise key position =
        let bits = Random.bits key position
        let inline part shift = float ((bits >>> shift) &&& 0xFFFFUL)
        ((part 0 + part 16 + part 32 + part 48) / 65536.0 - 2.0) * sqrt 3.0

    /// Lights what was painted, with folds in the cloth and the grain of the film, and turns it into bytes.
    let develop key (canvas: Canvas) (back: Affine) (pixels: Span<byte>) =
        let lightAcross, lightDown = between key "light across" -0.2 0.2, between key "light down" -0.2 0.2
        let roundness = between key "roundness" 0.0 0.2
        let foldsAcross, foldsDown = between key "folds across" -2.0 2.0, between key "folds down" -1.2 1.2
        let foldDepth = between key "fold depth" 0.0 0.2
        let grain, film = between key "grain" 0.02 0.08, Random.split key 0

        for pixel in 0 .. side * side - 1 do
            let ink = canvas.Ink[pixel]
            let px, py = float (pixel % side) + 0.5, float (pixel / side) + 0.5
            let x, y = xOf back px py, yOf back px py
            let folds = 1.0 - foldDepth * wave (foldsAcross * x + foldsDown * y)
            let light = (1.0 + lightAcross * x + lightDown * y - roundness * x * x) * folds
            let value = ink * light * (1.0 + grain * noise film (int64 pixel))
            pixels[pixel] <- byte (255.0 * min 1.0 (max 0.0 value) + 0.5)

    // ---- the pictures -------------------------------------------------------------------------------------------

    /// The parts of a key: one for the order of the classes, one for the pictures.
    let orders, pictures = 0, 1

    let label (key: Key) (index: int) =
        LinearNets.Errors.require "The index of a picture" (index >= 0) index "0 or more"
        let order = Random.split (Random.split key orders) (index / classes.Length)
        (Random.permutation classes.Length order)[index % classes.Length]

    let drawOn (canvas: Canvas) key index (pixels: Span<byte>) =
        let _, _, garment = classes[label key index]
        let picture = Random.split (Random.split key pictures) index
        let place = pose picture
        let back = inverse place
        Array.Clear canvas.Ink

        for layer in garment picture @ patch picture do
            paint canvas place back layer

        develop picture canvas back pixels

    let draw (key: Key) (index: int) (pixels: Span<byte>) = drawOn (Canvas()) key index pixels

    let many (key: Key) (first: int) (count: int) =
        LinearNets.Errors.require "The number of pictures" (count >= 0) count "0 or more"
        let size, perBlock = side * side, 256
        let pixels = Array.zeroCreate<byte>(count * size)

        let drawBlock block =
            let canvas = Canvas()

            for n in block * perBlock .. min count ((block + 1) * perBlock) - 1 do
                drawOn canvas key (first + n) (Span(pixels, n * size, size))

        Parallel.For(0, (count + perBlock - 1) / perBlock, drawBlock) |> ignore
        pixels, Array.init count (fun n -> label key (first + n))
