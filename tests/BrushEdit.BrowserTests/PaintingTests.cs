using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Synthesizing;
using Microsoft.Playwright;

namespace BrushEdit.BrowserTests;

/// <summary>What is painted on the page is what comes out.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PaintingTests(Chromium chromium)
{
    [Fact]
    public async Task The_mask_that_comes_out_is_the_one_that_was_painted()
    {
        Mask start = Noise(160, 120);
        await using PaintPage page = await PaintPage.Open(chromium, new ImageEdit(Plain(160, 120)), start);
        await page.Drag((30, 30), (60, 50), (50, 90));
        await page.Page.Locator("#softness").FillAsync("60");
        await page.Drag((120, 20), (100, 60));
        await page.Page.Keyboard.PressAsync("e");
        await page.Drag((40, 40), (55, 60));
        await page.Page.Keyboard.PressAsync("r");
        await page.Drag((130, 80), (150, 110));
        await page.Page.Keyboard.PressAsync("o");
        await page.Drag((90, 80), (118, 112));
        byte[] shown = await page.Values();
        ImageEdit edit = await page.Done();

        Assert.Equal(shown, edit.Mask!.Values.ToArray());
        Assert.Contains("Mask (painted)", edit.Overrides);

        // Nothing was painted near the lower left corner; what it held stays, to the bit.
        Box untouched = new(0, 100, 40, 20);
        Assert.True(start.Crop(untouched).SameAs(edit.Mask.Crop(untouched)));
        Assert.Equal(255, edit.Mask[140, 95]);
        Assert.Equal(255, edit.Mask[104, 96]);
        Assert.Equal(0, edit.Mask[48, 50]);
    }

    [Fact]
    public async Task The_page_and_the_library_draw_every_step_alike()
    {
        await using PaintPage page = await PaintPage.Open(chromium, new ImageEdit(Plain(90, 70)));
        await page.Page.EvaluateAsync(
            """
            async () => {
              const { desk } = await import('./main.js');
              let seed = 7;
              const next = (most) => { seed = (seed * 48271) % 2147483647; return Math.round(seed / 2147483647 * most * 16) / 16; };
              const many = (each, count, width) => Array.from({ length: each * count }, (_, i) => i % each === 2 ? next(width) + 0.5 : next(120) - 15);
              const near = (count) => { const [x, y] = [next(90), next(70)]; return Array.from({ length: count }, () => [x + next(24) - 12, y + next(24) - 12]).flat(); };
              for (let i = 0; i < 60; i++) {
                const e = next(3) > 2;
                await desk.do(i % 4 < 2 ? { k: 'stroke', p: many(3, 1 + i % 3, 12), s: i % 3 === 0 ? 0 : Math.min(1, next(1)), e }
                  : i % 4 === 2 ? { k: i % 8 < 4 ? 'rect' : 'ellipse', p: near(2), e }
                  : i % 16 === 15 ? { k: 'invert' } : { k: 'polygon', p: near(3 + i % 4), e });
              }
            }
            """);
        byte[] shown = await page.Values();
        Assert.Contains(shown, value => value is > 0 and < 255);
        Assert.Equal(shown, (await page.Done()).Mask!.Values.ToArray());
    }

    [Fact]
    public async Task Undo_and_redo_go_all_the_way_and_outlive_a_reload()
    {
        await using PaintPage page = await PaintPage.Open(chromium, new ImageEdit(Plain(96, 96)));
        List<byte[]> after = [await page.Values()];
        for (int i = 0; i < 4; i++)
        {
            await page.Drag((15 + (20 * i), 20), (15 + (20 * i), 70));
            after.Add(await page.Values());
        }

        await page.Page.ClickAsync("[data-step=grow]");
        after.Add(await page.Values());
        Assert.NotEqual(after[4], after[5]);
        await page.Page.ClickAsync("#undo");
        Assert.Equal(after[4], await page.Values());

        await page.Page.ReloadAsync();
        await page.Ready();
        Assert.Equal(after[4], await page.Values());
        await page.Page.ClickAsync("#redo");
        Assert.Equal(after[5], await page.Values());
        for (int i = 4; i >= 0; i--)
        {
            await page.Page.ClickAsync("#undo");
            Assert.Equal(after[i], await page.Values());
        }

        await Assertions.Expect(page.Page.Locator("#undo")).ToBeDisabledAsync();
        for (int i = 1; i <= 3; i++)
        {
            await page.Page.ClickAsync("#redo");
        }

        Assert.Equal(after[3], await page.Values());
        Assert.Equal(after[3], (await page.Done()).Mask!.Values.ToArray());
    }

    [Fact]
    public async Task A_finger_a_pen_and_keys_paint_too()
    {
        await using PaintPage page = await PaintPage.Open(
            chromium, new ImageEdit(Plain(96, 96)), options: new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 390, Height = 800 }, HasTouch = true, IsMobile = true });
        (float x, float y) = await page.At(20, 20);
        await page.Page.Touchscreen.TapAsync(x, y);
        Assert.Equal(255, (await page.Values())[(20 * 96) + 20]);

        // A pen that is pressed half gives a stroke of little more than half the width.
        await page.Page.EvaluateAsync(
            """
            async () => {
              const { desk, setBrush } = await import('./main.js');
              setBrush(20, 0);
              const stage = document.getElementById('stage');
              stage.setPointerCapture = () => {};
              const at = desk.view.toWindow(70, 70);
              for (const type of ['pointerdown', 'pointerup']) {
                stage.dispatchEvent(new PointerEvent(type, { pointerId: 9, pointerType: 'pen', pressure: 0.5, button: 0, buttons: 1, clientX: at.x, clientY: at.y, bubbles: true }));
              }
            }
            """);
        byte[] penned = await page.Values();
        Assert.Equal(255, penned[(70 * 96) + 75]);
        Assert.Equal(0, penned[(70 * 96) + 77]);

        // The cursor of the keys begins where the pen was.
        await page.Page.FocusAsync("#stage");
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Page.Keyboard.PressAsync(" ");
        await page.Page.Keyboard.PressAsync("Shift+ArrowDown");
        await page.Page.Keyboard.PressAsync(" ");
        Assert.Equal(255, (await page.Values())[(80 * 96) + 71]);
    }

    [Fact]
    public async Task A_picture_of_100_megapixels_is_painted_at_its_own_size()
    {
        const int width = 12_000;
        const int height = 8_400;
        Picture large = Picture.FromSamples(new byte[width * height], width, height, PictureColor.Grey);
        Mask start = Mask.FromBox(width, height, new Box(9000, 300, 1, 7000));
        await using PaintPage page = await PaintPage.Open(chromium, new ImageEdit(large), start);
        await page.Drag((2000, 2000), (3000, 2500), (4000, 2000));
        await page.Page.Keyboard.PressAsync("l");
        await page.Drag((6000, 5000), (8000, 5000), (7000, 7000));
        await page.Page.Keyboard.PressAsync("Enter");
        byte[] shown = await page.Values();
        ImageEdit edit = await page.Done();

        // A line of one pixel, which the page's copy may not even show, is still there; what was painted has its own fine edge.
        Assert.Equal(width, edit.Mask!.Width);
        Assert.Equal(255, edit.Mask[9000, 4000]);
        Assert.Equal(0, edit.Mask[9001, 4000]);
        Assert.Equal(255, edit.Mask[2999, 2498]);
        Assert.Equal(255, edit.Mask[7000, 5600]);
        double scaled = shown.Sum(value => (long)value) / 255.0 / shown.Length;
        Assert.Equal(scaled, edit.Mask.Coverage, 0.002);
    }

    [Fact]
    public async Task A_click_outlines_and_words_find()
    {
        ToyScene scene = ToyScene.Draw(7, new ToySceneOptions { Width = 128, Height = 128 });
        SceneObject thing = scene.Objects[0];
        (double x, double y) = (thing.Box.X + (thing.Box.Width / 2.0), thing.Box.Y + (thing.Box.Height / 2.0));
        await using PaintPage page = await PaintPage.Open(chromium, new ImageEdit(Picture.FromRgb(scene.Rgb, 128, 128)));
        int encoded = Networks.Shared.EncodedPictures;
        await page.Page.Keyboard.PressAsync("c");
        await page.Click(x, y);
        await Assertions.Expect(page.Page.Locator("#undo")).ToBeEnabledAsync();
        await Assertions.Expect(page.Page.Locator("#chooser button")).ToHaveCountAsync(3);
        byte[] first = await page.Values();
        Assert.Equal(255, first[((int)y * 128) + (int)x]);

        await page.Page.ClickAsync("#chooser button:nth-of-type(2)");
        await Assertions.Expect(page.Page.Locator("#chooser button:nth-of-type(2)")).ToHaveAttributeAsync("aria-pressed", "true");
        byte[] second = await page.Values();
        Assert.NotEqual(first, second);

        // The whole thing is taken away again, and found by its words.
        await page.Page.ClickAsync("[data-step=all]");
        await page.Page.Keyboard.DownAsync("Shift");
        await page.Drag((thing.Box.X - 3, thing.Box.Y - 3), (thing.Box.X + thing.Box.Width + 3, thing.Box.Y + thing.Box.Height + 3));
        await page.Page.Keyboard.UpAsync("Shift");
        await Assertions.Expect(page.Page.Locator("#status")).ToContainTextAsync("Subtracted", new() { Timeout = 60_000 });
        Assert.Equal(0, (await page.Values())[((int)y * 128) + (int)x]);
        Assert.Equal(encoded + 1, Networks.Shared.EncodedPictures);

        await page.Page.ClickAsync("[data-step=clear]");
        await page.Page.FillAsync("#words", thing.Phrase);
        await page.Page.ClickAsync("#find-button");
        await page.Page.Locator("#found button").First.ClickAsync();
        await Assertions.Expect(page.Page.Locator("#status")).ToContainTextAsync("Added", new() { Timeout = 60_000 });
        byte[] shown = await page.Values();
        ImageEdit edit = await page.Done();
        Assert.Equal(shown, edit.Mask!.Values.ToArray());
        Assert.Equal(255, edit.Mask[(int)x, (int)y]);
    }

    [Fact]
    public async Task A_try_is_made_compared_and_taken_along()
    {
        ToyScene scene = ToyScene.Draw(3, new ToySceneOptions { Width = 128, Height = 128 });
        ImageEdit given = new(Picture.FromRgb(scene.Rgb, 128, 128)) { Plan = new EditPlan { Instruction = "remove the thing", EditType = EditType.Remove, Caption = "a desert" } };
        await using PaintPage page = await PaintPage.Open(chromium, given);
        await page.Drag((40, 50), (80, 60));
        await page.Page.FillAsync("#caption", "a green meadow");
        await page.Page.FillAsync("#seed", "11");
        await page.Page.ClickAsync("#try-button");
        await Assertions.Expect(page.Page.Locator("#compare")).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await page.Page.FillAsync("#seed", "12");
        await page.Page.ClickAsync("#try-button");
        await Assertions.Expect(page.Page.Locator("#tries button")).ToHaveCountAsync(2, new() { Timeout = 120_000 });
        await page.Page.Locator("#cut").FillAsync("20");

        // The tries are kept with the picture, whatever becomes of the page.
        await page.Page.ReloadAsync();
        await page.Ready();
        await page.Page.Locator("#tries button").First.ClickAsync();
        await page.Page.ClickAsync("#take");
        ImageEdit edit = (await page.Outcome.WaitAsync(TimeSpan.FromMinutes(1))).Edit!;

        Assert.Equal(11, edit.Seed);
        Assert.NotNull(edit.Result);
        Assert.Equal("a green meadow", edit.Settings!.Caption);
        Assert.Equal("a green meadow", edit.Plan!.Caption);
        Assert.Equal("a desert", given.Plan!.Caption);
        Assert.Equal(["Mask (painted)", "Plan (caption)", "Result (chosen of 2 tries)"], edit.Overrides);
        Assert.Equal(255, edit.Mask![60, 55]);
        ReadOnlySpan<byte> before = scene.Rgb.AsSpan(0, 3 * 128 * 10);
        Assert.True(before.SequenceEqual(edit.Result.Rgb[..(3 * 128 * 10)]));
    }

    [Fact]
    public async Task A_plan_is_shown_and_its_box_is_changed()
    {
        ImageEdit given = new(Plain(100, 80)) { Plan = new EditPlan { Instruction = "add <b>a ball</b> & more", EditType = EditType.Addition, Caption = "a ball", Box = new Box(10, 10, 20, 20) } };
        await using PaintPage page = await PaintPage.Open(chromium, given);
        await Assertions.Expect(page.Page.Locator("#instruction")).ToHaveTextAsync("add <b>a ball</b> & more");
        await Assertions.Expect(page.Page.Locator("[data-box='2']")).ToHaveValueAsync("20");
        await page.Page.Keyboard.PressAsync("x");
        await page.Drag((30, 30), (70, 60));
        await page.Page.ClickAsync("#box-mask");
        ImageEdit edit = await page.Done();

        Box box = edit.Plan!.Box!.Value;
        Assert.Equal(30, box.X, 1.0);
        Assert.Equal(40, box.Width, 1.0);
        Assert.Equal(new Box(10, 10, 20, 20), given.Plan!.Box);
        Assert.Equal("a ball", edit.Plan.Caption);
        Assert.Equal(box.Area, edit.Mask!.Coverage * 8000, 1.0);
        Assert.Equal(["Mask (painted)", "Plan (box)"], edit.Overrides);
    }

    [Fact]
    public async Task Nothing_done_changes_nothing()
    {
        ImageEdit given = new(Plain(64, 48)) { Mask = Noise(64, 48) };
        await using PaintPage page = await PaintPage.Open(chromium, given);
        Assert.Same(given, await page.Done());
    }

    [Fact]
    public async Task The_wheel_and_two_fingers_zoom_about_their_place_and_paint_nothing()
    {
        await using PaintPage page = await PaintPage.Open(chromium, new ImageEdit(Plain(96, 96)));
        (float x, float y) = await page.At(60, 40);
        double fitted = await Zoom();
        await page.Page.Mouse.MoveAsync(x, y);
        await page.Page.Mouse.WheelAsync(0, -300);
        double wheeled = await Zoom();
        Assert.InRange(wheeled / fitted, 1.2, 4);
        (float afterX, float afterY) = await page.At(60, 40);
        Assert.InRange(Math.Abs(afterX - x) + Math.Abs(afterY - y), 0, 2);

        // Two fingers that part by a half, their middle staying.
        await page.Page.EvaluateAsync(
            """
            () => {
              const stage = document.getElementById('stage');
              stage.setPointerCapture = () => {};
              const send = (type, id, x) => stage.dispatchEvent(
                new PointerEvent(type, { pointerId: id, pointerType: 'touch', button: type === 'pointermove' ? -1 : 0, buttons: 1, clientX: x, clientY: 300, bubbles: true }));
              send('pointerdown', 1, 260); send('pointerdown', 2, 340);
              send('pointermove', 1, 240); send('pointermove', 2, 360);
              send('pointerup', 1, 240); send('pointerup', 2, 360);
            }
            """);
        Assert.InRange(await Zoom() / wheeled, 1.4, 1.6);
        Assert.DoesNotContain(await page.Values(), value => value != 0);

        // What is painted now lands where it is shown.
        await page.Click(60, 40);
        Assert.Equal(255, (await page.Values())[(40 * 96) + 60]);

        Task<double> Zoom() => page.Page.EvaluateAsync<double>("async () => (await import('./main.js')).desk.view.zoom");
    }

    [Fact]
    public async Task Holes_are_filled_and_a_mask_is_shrunk_and_both_can_be_undone()
    {
        byte[] ring = new byte[96 * 96];
        Mask around = Mask.FromBox(96, 96, new Box(20, 20, 50, 50));
        Mask hole = Mask.FromBox(96, 96, new Box(35, 35, 12, 12));
        for (int i = 0; i < ring.Length; i++)
        {
            ring[i] = hole.Values[i] > 0 ? (byte)0 : around.Values[i];
        }

        await using PaintPage page = await PaintPage.Open(chromium, new ImageEdit(Plain(96, 96)), Mask.FromValues(ring.AsSpan(), 96, 96));
        await page.Page.ClickAsync("[data-step=holes]");
        Assert.Equal(around.Values.ToArray(), await page.Values());
        await page.Page.ClickAsync("[data-step=shrink]");
        byte[] shrunk = await page.Values();
        Assert.Equal(0, shrunk[(22 * 96) + 45]);
        Assert.Equal(255, shrunk[(45 * 96) + 45]);
        await page.Page.ClickAsync("#undo");
        await page.Page.ClickAsync("#undo");
        Assert.Equal(ring, await page.Values());
    }

    private static Picture Plain(int width, int height) => Picture.FromRgb([.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(i * 7))], width, height);

    private static Mask Noise(int width, int height)
    {
        byte[] values = new byte[width * height];
        new Random(5).NextBytes(values);
        return Mask.FromValues(values.AsSpan(), width, height);
    }
}
