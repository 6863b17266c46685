"""The replay: an annotator who knows the gold labels works for some hours, and what comes of it is measured.

`python -m benchmarks.replay FILE --between A,B` plays the product's own session, queue and learner, in this process.
The accounting is that of the figures which decided the design:

*Seconds.* Reading 4 words a second (words are what white space parts) and 1 s a difference; then at each difference
nothing if the first reading holds, 1.5 s if another reading, neither or both do, 2.5 s for a mix of the readings
(`core.compare.mixes`), and 6 s for all else: an edit, also if only the label is another. Each mark outside the
differences that is wrong or lacks costs an edit, too. Of categories every change is a pick, and of exclusive ones a
single pick settles all differences of a text. What holds at a difference are the gold marks that overlap its region;
one that overlaps two counts at the first of them. An answer leaves exactly the gold of its text, every difference
confirmed. An offer, a row at which no system differs, costs a look as a difference does, and a pick if its first
reading does not hold.

*The run.* All texts, those on which the systems agree last; before them in the order that the product takes by itself,
by value from the start, or by disagreement, each with the first readings learned. A moment (15 minutes, 20% of the
time) looks at the state after the answer that is under way then. The whole time, of which shares are taken, is that of
reading all texts with the left system's readings first: it is the same for whatever is compared.

*The learner* takes in each answer, ranks the next 1,000 examples anew, and saves what it makes of the 20 after that on
screen, as it does in life. The next example is opened as the answer is saved, so that what stands first there rests on
all answers but the last one. After 60 answers it ranks after every fourth alone: in life that runs behind.

*F1* is micro-averaged over the marks of all texts: answered ones hold the gold, the others what an export holds there.

*Simulated Prodigy* reads whole versions of all texts, in the order of the file: reading, one pick where the versions
differ, and an edit for each difference at which the better version is wrong and for each mark outside; without the
second a difference. What it has not reached is as the left system says.

*The time to simulated Prodigy's hour* is the moment at which a run's F1 is first what simulated Prodigy's is after 60
minutes. A run is looked at every two minutes; between two looks the F1 lies on a straight line.

*Errors fixed* are the marks by which the left system differs from the gold, in the texts answered after 20% of the
time, the left reading first: at random, by disagreement, by value before anything is learned (by the count of
differences a second), by the learned value, and by an oracle, which takes the texts by errors a second.

*Offers* are right if the mark that is added is gold, or the one that is dropped is not. Of fewer than ten it is not
said how many are.

*A seed* shuffles the order in which texts are loaded, and which of two examples that score alike comes first. Seed 0 is
the order of the file and the product's own order among equals.
"""
