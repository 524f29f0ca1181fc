/** How busy each hour of the day is. Hours that are not listed are quiet. */
export const BUSY: Readonly<Record<number, number>> = {
  7: 4, 8: 6, 9: 6, 10: 7, 11: 8, 12: 10, 13: 9, 14: 6, 15: 6, 16: 8, 17: 11, 18: 11, 19: 8, 20: 5, 21: 3,
}; // prettier-ignore

/** Lines of an average sale; see `BASKET_SIZES`. */
const LINES_PER_SALE = 4;
export const linesPerDay = (salesPerDay: number): number => salesPerDay * LINES_PER_SALE;
